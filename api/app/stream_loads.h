#pragma once
// StreamLoads: what the doors for Stream Loads of all loops share (api/stream_load).
//
// Thread  add_metrics() from any; stop() once no loop runs.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "api/app/door_kind.h"
#include "api/app/metrics.h"
#include "api/http/door.h"
#include "api/http/stop_moment.h"
#include "api/stream_load/error_logs.h"
#include "api/stream_load/load_counters.h"
#include "api/stream_load/stream_load_door.h"
#include "core/pipeline/turns.h"
#include "core/pipeline/work_pool.h"
#include "storage/os/system_rng.h"

namespace millrace {

// Where the lists of rows are that loads have left out.
inline std::string error_logs_folder(const std::string& data_dir) {
    return data_dir + "/stream_load/errors";
}

class StreamLoads {
public:
    explicit StreamLoads(const DoorPorts& ports);

    // For one loop.
    std::vector<std::unique_ptr<http::Door>> make_doors(
        std::function<void(std::function<void()> step)> post) const;

    // Which port the loops listen at; before the first request.
    void set_port(std::uint16_t port) { port_ = port; }

    // Bodies that are not whole by then are ended, with an answer; from any thread.
    void end_bodies(SteadyTime at) { stop_.set(at); }

    // Loads that nobody waits for any more end.
    void stop() { pool_.stop(); }

    void add_metrics(MetricsText& text) const;

private:
    stream_load::DoorSetup setup_of(const DoorPorts& ports);

    std::atomic<std::uint16_t> port_ = 0;
    http::StopMoment stop_;
    os::SecureRng random_;
    stream_load::LoadCounters counters_;
    stream_load::ErrorLogs error_logs_;
    pipeline::Turns parquet_turns_;
    pipeline::WorkPool pool_;
    const stream_load::DoorSetup setup_;
};

}  // namespace millrace
