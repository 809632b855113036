#pragma once
// What commands have in common that go on until Ctrl-C: top, tap, rows --follow.
//
// Ctrl-C is how they end, so it is no failure. They end too once nobody reads their output.

#include <optional>
#include <string>
#include <string_view>

#include "api/cli/api_client.h"
#include "api/cli/reader_watch.h"

namespace millrace::cli {

class Following {
public:
    // From now on a signal ends what is under way. `api` outlives it.
    explicit Following(ApiClient& api);

    // The answer, or nothing once a signal has come. The first call fails where the service is not
    // there; later ones say so once, on standard error, and ask again until it is.
    Result<std::optional<Json>> get(const std::string& path, std::string_view field);

    // False once a signal has come.
    static bool pause(Milliseconds time);

private:
    // Before the watch, which is for this thread.
    struct Signals {
        Signals();
    };

    ApiClient& api_;
    const Signals signals_;
    const ReaderWatch reader_;
    bool has_answered_ = false;
    bool is_away_ = false;
};

}  // namespace millrace::cli
