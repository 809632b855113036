#include "api/kafka/source_readers.h"

#include <utility>
#include <vector>

namespace millrace::kafka {

void SourceReaders::publish(const pipeline::SourceAddress& address,
                            std::shared_ptr<const pipeline::SourceRoute> route,
                            std::function<void()> served) {
    // Before the threads run, a route waits for them, but nobody for it.
    const bool is_left = all_.with([&](All& all) {
        if (all.is_stopped) return false;
        remove_ended(all);
        auto found = all.readers.find(address);
        if (found == all.readers.end() && route == nullptr) return false;
        const auto waits = all.is_started ? served : nullptr;
        if (found != all.readers.end() && found->second.reader->set_route(route, waits)) {
            return all.is_started;
        }
        if (found != all.readers.end()) all.readers.erase(found);  // it ends just now
        if (route == nullptr) return false;
        auto reader = std::make_unique<SourceReader>(ports_, route->key, watches_->of(route->key));
        reader->show(*route);
        static_cast<void>(reader->set_route(route, waits));
        if (all.is_started) reader->start();
        all.readers.emplace(address, Running{.key = route->key, .reader = std::move(reader)});
        return all.is_started;
    });
    if (!is_left && served) served();
}

// Their threads have ended, or are about to.
void SourceReaders::remove_ended(All& all) {
    for (auto at = all.readers.begin(); at != all.readers.end();) {
        if (!at->second.reader->has_ended()) {
            ++at;
            continue;
        }
        watches_->forget(at->second.key);
        at = all.readers.erase(at);
    }
}

void SourceReaders::start() {
    all_.with([](All& all) {
        all.is_started = true;
        for (auto& [address, running] : all.readers) running.reader->start();
    });
}

void SourceReaders::stop() {
    auto readers = all_.with([](All& all) {
        all.is_stopped = true;
        return std::exchange(all.readers, {});
    });
    for (auto& [address, running] : readers) running.reader->begin_stop();
    for (auto& [address, running] : readers) running.reader->stop();
}

}  // namespace millrace::kafka
