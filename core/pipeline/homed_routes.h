#pragma once
// HomedRoutes publishes routes. Before that sources are pinned to their volumes, and it is recorded
// where their keys go, so that the first request with a key finds its volume on record.
//
// Thread  as RoutePublisher says; the record is written on the caller's.

#include <functional>
#include <utility>

#include "core/base/time.h"
#include "core/pipeline/key_homes.h"
#include "core/pipeline/source_route.h"
#include "core/pipeline/volumes.h"

namespace millrace::pipeline {

// How long the keys of a source may be remembered, whichever door they come by.
using KeyWindow = std::function<Milliseconds(const SourceRoute& route)>;

class HomedRoutes final : public RoutePublisher {
public:
    HomedRoutes(RoutePublisher& next, RecordedKeyHomes& homes, Volumes& volumes, KeyWindow window,
                std::function<void(const Error&)> failed)
        : next_(next),
          homes_(homes),
          volumes_(volumes),
          window_(std::move(window)),
          failed_(std::move(failed)) {}

    void prepare(std::span<const std::shared_ptr<const SourceRoute>> routes) override;
    void publish(const SourceAddress& address, std::shared_ptr<const SourceRoute> route,
                 std::function<void()> served) override;

private:
    RoutePublisher& next_;
    RecordedKeyHomes& homes_;
    Volumes& volumes_;
    const KeyWindow window_;
    const std::function<void(const Error&)> failed_;  // a record could not be written
};

}  // namespace millrace::pipeline
