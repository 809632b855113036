#pragma once
// What commands have in common that go on until Ctrl-C: top, tap, rows --follow.
//
// Ctrl-C is how they end, so it is no failure.

#include <optional>
#include <string>

#include "api/cli/api_client.h"

namespace millrace::cli {

class Following {
public:
    // From now on a signal ends what is under way. `api` outlives it.
    explicit Following(ApiClient& api);

    // The answer, or nothing once a signal has come. The first call fails where the service is not
    // there; later ones say so once, on standard error, and ask again until it is.
    Result<std::optional<Json>> get(const std::string& path);

    // False once a signal has come.
    static bool pause(Milliseconds time);

private:
    ApiClient& api_;
    bool has_answered_ = false;
    bool is_away_ = false;
};

}  // namespace millrace::cli
