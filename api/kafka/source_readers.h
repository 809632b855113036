#pragma once
// SourceReaders: the readers of all Kafka sources, as their routes come and go.
//
// Thread  publish() any; start() and stop() one.

#include <functional>
#include <map>
#include <memory>

#include "api/kafka/source_reader.h"
#include "api/kafka/source_watch.h"
#include "core/base/guarded.h"
#include "core/pipeline/source_route.h"

namespace millrace::kafka {

class SourceReaders final : public pipeline::RoutePublisher {
public:
    SourceReaders(ReaderPorts ports, std::shared_ptr<SourceWatches> watches)
        : ports_(std::move(ports)), watches_(std::move(watches)) {}
    ~SourceReaders() override { stop(); }

    void publish(const pipeline::SourceAddress& address,
                 std::shared_ptr<const pipeline::SourceRoute> route,
                 std::function<void()> served) override;

    // Routes that were published before are read from now on.
    void start();

    // Nothing is read from now on. Every later route is served at once.
    void stop();

private:
    struct Running {
        SourceKey key;
        std::unique_ptr<SourceReader> reader;
    };
    struct All {
        std::map<pipeline::SourceAddress, Running> readers;
        bool is_started = false;
        bool is_stopped = false;
    };

    void remove_ended(All& all);

    const ReaderPorts ports_;
    const std::shared_ptr<SourceWatches> watches_;
    Guarded<All> all_;
};

}  // namespace millrace::kafka
