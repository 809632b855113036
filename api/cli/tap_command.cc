#include "api/cli/tap_command.h"

#include <algorithm>
#include <vector>

#include "api/cli/following.h"
#include "api/cli/known_names.h"
#include "api/cli/number_option.h"
#include "api/cli/tap_view.h"

namespace millrace::cli {
namespace {

using Line = config::ClientLine;

constexpr std::uint64_t kMost = 100;  // that the API gives at once
constexpr std::uint64_t kUsual = 10;  // of those that were there before
constexpr Milliseconds kAgain{1000};

// Asks for the requests of a source; what it has had comes first.
class Tap {
public:
    Tap(Following& following, const Line& line, std::uint64_t limit)
        : following_(following), line_(line), limit_(limit) {}

    // The next ones, the oldest first; none if none came for a while. Nothing once a signal has
    // come.
    Result<std::optional<std::vector<Json>>> next() {
        TRY_ASSIGN(const auto answer, following_.get(path(), "isRecording"));
        if (!answer) return std::optional<std::vector<Json>>();
        if (member(*answer, {"isRecording"}) == false) {
            return Error(Code::conflict,
                         fmt::format("the source {0} does not keep its recent requests; millrace "
                                     "settings set {0} source.recentRequests=true makes it",
                                     line_.operands[0]));
        }
        last_ = text_at(*answer, {"lastId"});
        const auto& newest_first = member(*answer, {"requests"});
        std::vector<Json> requests(newest_first.begin(), newest_first.end());
        std::ranges::reverse(requests);
        return std::optional(std::move(requests));
    }

private:
    std::string path() const {
        auto path = fmt::format("{}/requests?status={}", source_path(line_.operands[0]),
                                encoded(line_.value("status").value_or("all")));
        if (last_.empty()) return path + fmt::format("&limit={}", limit_);
        return path + fmt::format("&limit={}&after={}&wait=20s", kMost, encoded(last_));
    }

    Following& following_;
    const Line& line_;
    const std::uint64_t limit_;
    std::string last_;
};

Result<void> print(const std::vector<Json>& requests, const Line& line, Output& out) {
    const TapView view{.width = Output::width(), .has_body = line.has("body")};
    for (const auto& request : requests) {
        TRY(out.print(line.has("json") ? to_line(request) : tap_lines(request, view)));
    }
    return out.flush();
}

Result<void> tap(const Line& line, Output& out) {
    TRY_ASSIGN(const auto limit, number_option(line, "limit"));
    if (limit.value_or(kUsual) > kMost) {
        return wrong_usage(line, fmt::format("--limit is {} at most", kMost));
    }
    TRY_ASSIGN(auto api, ApiClient::open(line.place));
    Following following(api);
    Tap seen(following, line, limit.value_or(kUsual));
    for (bool is_first = true;; is_first = false) {
        const auto started = std::chrono::steady_clock::now();
        const auto requests = seen.next();
        if (!requests.ok()) return with_what_there_is(api, requests.error(), line.operands[0]);
        if (!requests.value()) return {};
        TRY(print(*requests.value(), line, out));
        if (line.has("once")) return {};
        if (is_first && requests.value()->empty() && !line.has("json")) {
            Progress().say("Waiting for requests; Ctrl-C ends it");
        }
        // A service that does not wait, because others do, is not asked all the time.
        const auto took = std::chrono::steady_clock::now() - started;
        if (requests.value()->empty() && took < kAgain && !Following::pause(kAgain)) return {};
    }
}

}  // namespace

ClientCommand tap_command() {
    return {
        .spec =
            {.words = "tap",
             .sentence =
                 "Shows the requests that a source gets, as they come, and what became of them.",
             .operands = {"SOURCE"},
             .options = {{.name = "status",
                          .placeholder = "STATUS",
                          .sentence = "all, accepted or refused. Default all."},
                         {.name = "body",
                          .placeholder = {},
                          .sentence = "Shows the beginning of each body too."},
                         {.name = "limit",
                          .placeholder = "N",
                          .sentence = "At most so many of those that came before, 1 to "
                                      "100. Default 10."},
                         {.name = "once",
                          .placeholder = {},
                          .sentence = "Shows those that came before, and ends."},
                         {.name = "json",
                          .placeholder = {},
                          .sentence = "Prints each request as a line of JSON."}},
             .example = "millrace tap shop --status refused"},
        .run = tap};
}

}  // namespace millrace::cli
