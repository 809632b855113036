#pragma once
// StreamingUploads: what the doors for uploads of all loops share (api/upload).
//
// Thread  add_metrics() from any; stop() once no loop runs.

#include <functional>
#include <memory>
#include <vector>

#include "api/app/door_kind.h"
#include "api/app/metrics.h"
#include "api/http/door.h"
#include "api/http/stop_moment.h"
#include "api/upload/upload_counters.h"
#include "api/upload/upload_door.h"
#include "api/upload/upload_ports.h"
#include "api/upload/upload_session.h"
#include "core/base/result.h"
#include "core/pipeline/work_pool.h"

namespace millrace {

class StreamingUploads {
public:
    explicit StreamingUploads(const DoorPorts& ports);

    // Before the first request.
    // Errors  invalid: csvParser.* is not as it should be
    Result<void> check() const;

    // For one loop.
    std::unique_ptr<http::Door> make_door(
        std::function<void(std::function<void()> step)> post) const;

    // Bodies that are not whole by then are ended, with an answer; from any thread.
    void end_bodies(SteadyTime at) { stop_.set(at); }

    // Uploads that nobody waits for any more end.
    void stop();

    void add_metrics(MetricsText& text) const;

private:
    upload::UploadSetup setup_of(const DoorPorts& ports);

    http::StopMoment stop_;
    upload::UploadCounters counters_;
    pipeline::WorkPool pool_;
    upload::LiveUploads live_;
    const upload::UploadSetup setup_;
};

}  // namespace millrace
