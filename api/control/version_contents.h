#pragma once
// What a version of a source or a sink configures, as JSON: what a rollback to it would bring back.
// Secrets are in no version.

#include "api/control/render.h"
#include "api/control/scope.h"
#include "core/model/sink.h"
#include "core/model/source.h"

namespace millrace::control {

// {name, description, settings: [{key, value}], and what only the kind knows, below its name}.
OrderedJson render_contents(const Source& source, const Scope& scope);
// {name, description, settings, allowedSignals, table}.
OrderedJson render_contents(const Sink& sink, const Scope& scope);

}  // namespace millrace::control
