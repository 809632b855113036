#include "core/pipeline/homed_routes.h"

#include <array>
#include <utility>

#include "core/model/volume_setting.h"

namespace millrace::pipeline {

// What cannot be recorded now is recorded when the first request with a key asks for it.
void HomedRoutes::prepare(std::span<const std::shared_ptr<const SourceRoute>> routes) {
    std::vector<RecordedKeyHomes::Home> homes;
    for (const auto& route : routes) {
        const auto& source = route->key.source;
        volumes_.pin(source, resolve_volume({.source = route->kind_settings}));
        const auto volume = volumes_.volume_at(volumes_.lane_of(source));
        homes.push_back({route->key_scope, volume, window_(*route)});
    }
    if (const auto recorded = homes_.record(homes); !recorded.ok()) failed_(recorded.error());
}

void HomedRoutes::publish(const SourceAddress& address, std::shared_ptr<const SourceRoute> route,
                          std::function<void()> served) {
    if (route != nullptr) {
        prepare(std::array{route});
    } else {
        volumes_.pin(address.source, "");
    }
    next_.publish(address, std::move(route), std::move(served));
}

}  // namespace millrace::pipeline
