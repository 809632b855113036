#include "core/pipeline/piece_queue.h"

#include <algorithm>
#include <utility>

namespace millrace::pipeline {

void PieceQueue::add(const SourceAddress& source, Step step) {
    auto found = std::find_if(sources_.begin(), sources_.end(),
                              [&](const Source& other) { return other.address == source; });
    Job job{.number = added_++, .step = std::move(step)};
    if (found != sources_.end()) {
        found->jobs.push_back(std::move(job));
    } else {
        Sources made;
        made.push_back({.address = source, .jobs = {}});
        made.back().jobs.push_back(std::move(job));
        sources_.splice(sources_.end(), made);
    }
    wake();
}

void PieceQueue::wake() {
    if (sources_.empty() || is_awaited_) return;
    parts_.run_later();
    is_awaited_ = true;
}

PieceQueue::Sources::iterator PieceQueue::next_source() {
    if (!parts_.is_short_of_memory()) return sources_.begin();
    return std::min_element(sources_.begin(), sources_.end(), [](const auto& a, const auto& b) {
        return a.jobs.front().number < b.jobs.front().number;
    });
}

// The job in front has ended.
void PieceQueue::end_job() {
    auto& jobs = sources_.front().jobs;
    jobs.pop_front();
    if (jobs.empty()) sources_.pop_front();
}

// Takes a step of the job in front, which may add jobs, and end with an answer that makes the owner
// call clear(). One that throws would throw again: its job is dropped.
bool PieceQueue::take_step() {
    const auto step = sources_.front().jobs.front().step;
    try {
        return step();
    } catch (...) {
        if (!sources_.empty()) end_job();
        wake();
        throw;
    }
}

void PieceQueue::run() {
    is_awaited_ = false;
    if (sources_.empty()) return;
    sources_.splice(sources_.begin(), sources_, next_source());
    const auto end = parts_.clock.steady() + kPieceTime;
    bool has_had_its_turn = false;  // the source in front
    do {
        const bool is_done = take_step();
        if (sources_.empty()) return;
        has_had_its_turn = true;
        if (!is_done) continue;
        const auto sources = sources_.size();
        end_job();
        if (sources_.size() < sources) has_had_its_turn = false;
    } while (!sources_.empty() && parts_.clock.steady() < end);
    if (has_had_its_turn) sources_.splice(sources_.end(), sources_, sources_.begin());
    wake();
}

}  // namespace millrace::pipeline
