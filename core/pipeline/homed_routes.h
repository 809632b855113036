#pragma once
// HomedRoutes publishes routes and records before that where the keys of their sources go, so that
// the first request with a key finds its volume on record.
//
// Thread  as RoutePublisher says; the record is written on the caller's.

#include <functional>
#include <utility>

#include "core/base/time.h"
#include "core/pipeline/key_homes.h"
#include "core/pipeline/source_route.h"
#include "core/ports/journal.h"

namespace millrace::pipeline {

// How long the keys of a source may be remembered, whichever door they come by.
using KeyWindow = std::function<Milliseconds(const SourceRoute& route)>;

class HomedRoutes final : public RoutePublisher {
public:
    HomedRoutes(RoutePublisher& next, RecordedKeyHomes& homes, const Journal& journal,
                KeyWindow window, std::function<void(const Error&)> failed)
        : next_(next),
          homes_(homes),
          journal_(journal),
          window_(std::move(window)),
          failed_(std::move(failed)) {}

    void prepare(std::span<const std::shared_ptr<const SourceRoute>> routes) override;
    void publish(const SourceAddress& address, std::shared_ptr<const SourceRoute> route,
                 std::function<void()> served) override;

private:
    RoutePublisher& next_;
    RecordedKeyHomes& homes_;
    const Journal& journal_;
    const KeyWindow window_;
    const std::function<void(const Error&)> failed_;  // a record could not be written
};

}  // namespace millrace::pipeline
