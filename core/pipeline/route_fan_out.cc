#include "core/pipeline/route_fan_out.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace millrace::pipeline {

void RouteFanOut::prepare(std::span<const std::shared_ptr<const SourceRoute>> routes) {
    for (const auto& [door, kinds] : doors_) door->prepare(routes);
}

void RouteFanOut::publish(const SourceAddress& address, std::shared_ptr<const SourceRoute> route,
                          std::function<void()> served) {
    // One more than there are doors, so that the last one is known only when all were told.
    const auto missing = std::make_shared<std::atomic<std::size_t>>(doors_.size() + 1);
    const auto acknowledge = [missing, served = std::move(served)] {
        if (missing->fetch_sub(1) == 1 && served) served();
    };
    for (const auto& [door, kinds] : doors_) {
        const bool is_its_own =
            route != nullptr && std::ranges::find(kinds, route->kind) != kinds.end();
        door->publish(address, is_its_own ? route : nullptr, acknowledge);
    }
    acknowledge();
}

}  // namespace millrace::pipeline
