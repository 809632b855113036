#include "api/ingest/piece_queue.h"

#include <algorithm>

namespace millrace::ingest {

void PieceQueue::add(const pipeline::SourceAddress& source, Step step) {
    if (sources_.empty()) parts_.run_later();
    auto found = std::find_if(sources_.begin(), sources_.end(),
                              [&](const Source& other) { return other.address == source; });
    if (found == sources_.end()) {
        found = sources_.insert(sources_.end(), Source{.address = source, .jobs = {}});
    }
    found->jobs.push_back({.number = added_++, .step = std::move(step)});
}

PieceQueue::Sources::iterator PieceQueue::next_source() {
    if (!parts_.is_short_of_memory()) return sources_.begin();
    return std::min_element(sources_.begin(), sources_.end(), [](const auto& a, const auto& b) {
        return a.jobs.front().number < b.jobs.front().number;
    });
}

// A step may add jobs, and end the last one with an answer that makes the owner call clear().
void PieceQueue::run() {
    if (sources_.empty()) return;
    sources_.splice(sources_.begin(), sources_, next_source());
    const auto end = parts_.clock.steady() + kPieceTime;
    bool has_had_its_turn = false;  // the source in front
    do {
        const auto step = sources_.front().jobs.front().step;
        const bool is_done = step();
        if (sources_.empty()) return;
        has_had_its_turn = true;
        if (!is_done) continue;
        auto& jobs = sources_.front().jobs;
        jobs.pop_front();
        if (!jobs.empty()) continue;
        sources_.pop_front();
        has_had_its_turn = false;
    } while (!sources_.empty() && parts_.clock.steady() < end);
    if (sources_.empty()) return;
    if (has_had_its_turn) sources_.splice(sources_.end(), sources_, sources_.begin());
    parts_.run_later();
}

}  // namespace millrace::ingest
