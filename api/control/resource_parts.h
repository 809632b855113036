#pragma once
// ResourceParts: what resources of the API port that are modules of their own are made of.
//
// Lifetime  the ControlPlane's: they outlive its router.

#include <functional>

#include "api/access/sessions.h"
#include "api/access/wrong_tokens.h"
#include "api/control/auth.h"
#include "api/control/router.h"
#include "api/control/scope.h"
#include "api/control/session_auth.h"
#include "core/accounts/flush.h"
#include "core/definitions/changes.h"
#include "core/definitions/edit_context.h"
#include "core/definitions/purge.h"
#include "core/definitions/random_text.h"
#include "core/definitions/reservations.h"
#include "core/definitions/tasks.h"
#include "core/ports/clock.h"
#include "core/ports/evaluator.h"

namespace millrace::control {

struct ResourceParts {
    const Scope& scope;
    const Auth& auth;
    access::WrongTokens& wrong_tokens;
    access::Sessions& sessions;
    const SessionAuth& session_auth;
    const definitions::EditContext& edits;
    definitions::Changes& changes;
    definitions::Reservations& reservations;
    const definitions::Purge& purge;
    const accounts::Flush& flush;
    definitions::TaskRunner& tasks;
    Evaluator& evaluator;
    definitions::RandomText& random;
    const Clock& clock;
};

using AddResource = std::function<void(Router& router, const ResourceParts& parts)>;

}  // namespace millrace::control
