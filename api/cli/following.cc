#include "api/cli/following.h"

#include "api/cli/interrupts.h"
#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

constexpr Milliseconds kAgain{1000};

bool may_pass(const Error& error) {
    return error.code() == Code::unavailable || error.code() == Code::unknown_outcome ||
           error.code() == Code::overloaded;
}

}  // namespace

Following::Signals::Signals() {
    Interrupts::take_at_once();
}

Following::Following(ApiClient& api) : api_(api) {}

bool Following::pause(Milliseconds time) {
    Interrupts::sleep(time);
    return !Interrupts::happened();
}

Result<std::optional<Json>> Following::get(const std::string& path, std::string_view field) {
    while (!Interrupts::happened()) {
        auto answer = api_.get(path, field);
        if (Interrupts::happened()) break;
        if (answer.ok()) {
            has_answered_ = true;
            is_away_ = false;
            return std::optional(std::move(answer).value());
        }
        if (!has_answered_ || !may_pass(answer.error())) return std::move(answer).error();
        if (!is_away_) {
            Progress().say(fmt::format("millrace: {}; asking again until it answers",
                                       printable(answer.error().client_text())));
        }
        is_away_ = true;
        if (!pause(kAgain)) break;
    }
    return std::optional<Json>();
}

}  // namespace millrace::cli
