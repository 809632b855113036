#include "api/cli/top_command.h"

#include <optional>

#include "api/cli/following.h"
#include "api/cli/live_screen.h"
#include "api/cli/number_option.h"
#include "core/base/duration.h"

namespace millrace::cli {
namespace {

using Line = config::ClientLine;

constexpr Milliseconds kUsualInterval{2000};
constexpr Milliseconds kLeast{1000};  // the service makes an overview of each second at most

Result<Milliseconds> interval_of(const Line& line) {
    const auto text = line.value("interval");
    if (!text) return kUsualInterval;
    const auto read = parse_duration(*text);
    if (read.ok() && read.value() >= kLeast) return read.value();
    return wrong_usage(line, fmt::format("--interval is a time of 1s or more, not \"{}\"", *text));
}

Result<void> top(const Line& line, Output& out) {
    TRY_ASSIGN(const auto interval, interval_of(line));
    TRY_ASSIGN(const auto count, number_option(line, "count"));
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    Following following(api);
    LiveScreen screen(out);
    const bool is_screen = Output::width() > 0 && !line.has("json");
    for (std::uint64_t shown = 0; !count || shown < *count; ++shown) {
        if (shown > 0 && !Following::pause(interval)) return {};
        TRY_ASSIGN(const auto overview, following.get("/overview", "failing"));
        if (!overview) return {};
        if (is_screen) {
            TRY(screen.draw(top_screen(*overview, api.url(), LiveScreen::size())));
            continue;
        }
        TRY(out.print(line.has("json") ? to_line(*overview) : top_line(*overview)));
        TRY(out.flush());
    }
    return {};
}

}  // namespace

ClientCommand top_command() {
    return {
        .spec = {.words = "top",
                 .sentence =
                     "Shows rates, levels, what fails and volumes, as they change, until Ctrl-C.",
                 .options = {{.name = "interval",
                              .placeholder = "TIME",
                              .sentence = "How often. Default 2s."},
                             {.name = "count",
                              .placeholder = "N",
                              .sentence = "So many times. Default: until Ctrl-C."},
                             {.name = "json",
                              .placeholder = {},
                              .sentence = "Prints an object a line, for programs."}},
                 .example = "millrace top --interval 5s"},
        .run = top};
}

}  // namespace millrace::cli
