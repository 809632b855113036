#pragma once
// RouteFanOut: one publisher in front of several doors. Each door gets the routes of the kinds of
// sources that it receives for, and hears of all others that they are not its own.
//
// Lifetime  the doors live longer.
// Thread    as RoutePublisher says.

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "core/model/backend_names.h"
#include "core/pipeline/source_route.h"

namespace millrace::pipeline {

class RouteFanOut final : public RoutePublisher {
public:
    struct DoorRoutes {
        RoutePublisher* door;
        std::vector<SourceKindName> kinds;
    };
    explicit RouteFanOut(std::vector<DoorRoutes> doors) : doors_(std::move(doors)) {}

    void prepare(std::span<const std::shared_ptr<const SourceRoute>> routes) override;

    // `served` is called when every door has called it. A source of a kind that no door receives
    // for is served nowhere.
    void publish(const SourceAddress& address, std::shared_ptr<const SourceRoute> route,
                 std::function<void()> served) override;

private:
    const std::vector<DoorRoutes> doors_;
};

}  // namespace millrace::pipeline
