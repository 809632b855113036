#pragma once
// SinkCounters: what has come for one sink since the process began; SinkCounterSet: of all sinks.
//
// They go on when the route of the sink changes, and when it is disabled and enabled again.
//
// Thread  any; each number is exact, the set is not one moment.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>

#include "core/base/guarded.h"
#include "core/base/ids.h"

namespace millrace::pipeline {

struct SinkCounts {
    std::uint64_t received = 0;   // records, the others included
    std::uint64_t refused = 0;    // of them: could not be mapped and were not kept
    std::uint64_t duplicate = 0;  // of them: sent again with their key
    std::uint64_t defaulted = 0;  // of them: every path fell back to its default

    bool operator==(const SinkCounts&) const = default;
};

class SinkCounters {
public:
    void add_received(std::uint64_t records) { add(received_, records); }
    void add_refused(std::uint64_t records) { add(refused_, records); }
    void add_duplicate(std::uint64_t records) { add(duplicate_, records); }
    void add_defaulted(std::uint64_t records) { add(defaulted_, records); }

    SinkCounts counts() const {
        return {.received = received_.load(std::memory_order_relaxed),
                .refused = refused_.load(std::memory_order_relaxed),
                .duplicate = duplicate_.load(std::memory_order_relaxed),
                .defaulted = defaulted_.load(std::memory_order_relaxed)};
    }

private:
    using Number = std::atomic<std::uint64_t>;
    static void add(Number& number, std::uint64_t records) {
        number.fetch_add(records, std::memory_order_relaxed);
    }

    Number received_ = 0;
    Number refused_ = 0;
    Number duplicate_ = 0;
    Number defaulted_ = 0;
};

class SinkCounterSet {
public:
    // Those of the sink, which begin at 0.
    std::shared_ptr<SinkCounters> of(SinkNumber sink) {
        return sinks_.with([&](Sinks& sinks) {
            auto& counters = sinks[sink];
            if (counters == nullptr) counters = std::make_shared<SinkCounters>();
            return counters;
        });
    }

    SinkCounts counts(SinkNumber sink) const {
        return sinks_.with([&](const Sinks& sinks) {
            const auto found = sinks.find(sink);
            return found == sinks.end() ? SinkCounts{} : found->second->counts();
        });
    }

    std::map<SinkNumber, SinkCounts> all() const {
        return sinks_.with([](const Sinks& sinks) {
            std::map<SinkNumber, SinkCounts> all;
            for (const auto& [sink, counters] : sinks) all.emplace(sink, counters->counts());
            return all;
        });
    }

private:
    using Sinks = std::map<SinkNumber, std::shared_ptr<SinkCounters>>;
    Guarded<Sinks> sinks_;
};

}  // namespace millrace::pipeline
