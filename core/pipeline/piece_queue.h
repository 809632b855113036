#pragma once
// PieceQueue: work of requests that takes longer than one turn of the loop may. It is done in
// pieces of about 2 ms, one a turn, so that the loop serves everybody else in between.
//
// Sources take turns; of one source the request that came first is done first. While memory is
// short the oldest request of all is: its end gives the most back, and no other one grows.
//
// Thread  its loop's.
// Errors  a step that throws ends its job; the exception is the caller's of run().

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <utility>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/pipeline/source_route.h"
#include "core/ports/clock.h"

namespace millrace::pipeline {

inline constexpr Milliseconds kPieceTime{2};

class PieceQueue {
public:
    // A part of the work of a request that takes much less than a piece; true after the last.
    using Step = std::function<bool()>;

    struct Parts {
        const Clock& clock;
        std::function<void()> run_later;  // lets run() be called at a later turn
        std::function<bool()> is_short_of_memory;
    };
    explicit PieceQueue(Parts parts) : parts_(std::move(parts)) {}

    // Takes the first steps of a request at once, as long as a piece may last; one only while
    // others are in the queue. Returns what the last step said.
    template <typename ResultStep>
    Result<bool> begin(ResultStep step) const {
        Result<bool> is_done = step();
        if (!is_done.ok() || is_done.value() || !sources_.empty()) return is_done;
        const auto end = parts_.clock.steady() + kPieceTime;
        while (is_done.ok() && !is_done.value() && parts_.clock.steady() < end) is_done = step();
        return is_done;
    }

    // Takes the other steps at later turns.
    void add(const SourceAddress& source, Step step);

    // Does one piece.
    void run();

    // To be called now and then: lets run() be called where that was not possible before.
    void wake();

    void clear() { sources_.clear(); }

private:
    struct Job {
        std::uint64_t number;  // in the order of add()
        Step step;
    };
    struct Source {
        SourceAddress address;
        std::deque<Job> jobs;
    };
    using Sources = std::list<Source>;

    Sources::iterator next_source();
    bool take_step();
    void end_job();

    const Parts parts_;
    Sources sources_;          // that have jobs; the next one is first
    bool is_awaited_ = false;  // run() will be called
    std::uint64_t added_ = 0;
};

}  // namespace millrace::pipeline
