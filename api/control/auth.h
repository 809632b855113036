#pragma once
// Auth: who may use the API. There is one token, the administrator's.

#include <optional>
#include <string>

#include "api/control/http_message.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/model/version.h"

namespace millrace::control {

class Auth {
public:
    explicit Auth(Secret admin_token) : admin_token_(std::move(admin_token)) {}

    // Who sends the request: X-StorageApi-Token, or `Authorization: Bearer` where that is absent.
    // Errors  invalid       stream.api.missingField: no token
    //         unauthorized  stream.api.unauthorized: a wrong one
    Result<Actor> authenticate(const Request& request) const;

private:
    const Secret admin_token_;
};

}  // namespace millrace::control
