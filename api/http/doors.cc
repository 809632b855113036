#include "api/http/doors.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/check.h"

namespace millrace::http {

Doors::Doors(std::vector<Door*> doors) : doors_(std::move(doors)) {
    check(!doors_.empty(), "a listener needs a door");
}

ExchangePtr Doors::begin(const RequestView& request, ResponseWriter& writer) {
    const auto last = std::prev(doors_.end());
    const auto found =
        std::find_if(doors_.begin(), last, [&](const Door* door) { return door->serves(request); });
    return (*found)->begin(request, writer);
}

Answer Doors::refusal(const Error& error) {
    return doors_.back()->refusal(error);
}

std::optional<Answer> Doors::refuse_head(std::string_view request_line, const Error& error) {
    for (auto* const door : doors_) {
        if (auto answer = door->refuse_head(request_line, error)) return answer;
    }
    return std::nullopt;
}

// One that throws takes its turn from none of the others.
void Doors::tick(SteadyTime now) {
    for (auto* const door : doors_) {
        try {
            door->tick(now);
        } catch (const std::exception& exception) {
            door->failed(exception);
        }
    }
}

void Doors::abandon() {
    for (auto* const door : doors_) door->abandon();
}

void Doors::failed(const std::exception& exception) noexcept {
    doors_.back()->failed(exception);
}

}  // namespace millrace::http
