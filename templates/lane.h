#pragma once
// Lane: a thread with a queue of items and the worker that evaluates them.
//
// Sources have turns (FairQueue): a batch is of one source or of several with little waiting, and
// what is not evaluated after some time waits for the next turn. What an item does to the worker is
// its own error: the other items of its batch run again, one at a time. One whose process was ended
// from outside runs once more. Without a worker, because none can be started, items are answered at
// once, for a second; then it is tried again.
//
// Lifetime  the destructor ends the thread and the worker; items that wait are answered as busy.
// Thread    add(), offer() and has_room() from any; items are answered on the lane's thread.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "templates/conduct.h"
#include "templates/evaluation_limits.h"
#include "templates/fair_queue.h"
#include "templates/template_events.h"
#include "templates/template_job.h"
#include "templates/template_set.h"
#include "templates/worker_process.h"

namespace millrace::templates {

// Starts a thread that runs the function. Throws as the constructor of std::thread.
using StartThread = std::function<std::thread(std::function<void()>)>;

struct LaneOptions {
    WorkerCommand command;
    EvaluationLimits limits;
    int niceness = 0;
    // A worker that begins no item for so long hangs, or the machine has no time for it.
    Milliseconds watchdog{10'000};
    FairQueue::Limits waiting{.items_max = 4096, .own_items_max = 64};
    std::size_t batch_items_max = 64;  // that are evaluated without looking up
    // An evaluation that takes limits.time is no failure: it is left to another lane, which takes
    // suspect templates over (Reroute).
    bool leaves_slow = false;
    // A template that was killed for so many items of a job fails for its others. 0: of a lane that
    // is not offered items.
    std::uint32_t killed_max = 0;
    // The lane rests so many times as long as it has evaluated, in all: while its debt of rest is
    // over debt_max, there is no room, and jobs that wait and are not begun are answered as busy.
    int rest_factor = 0;
    Milliseconds debt_max{0};
    StartThread start_thread = [](std::function<void()> run) {
        return std::thread(std::move(run));
    };
};

class Lane {
public:
    // Asked for each item before it is evaluated: whether another lane has taken it over.
    using Reroute = std::function<bool(const QueuedItem&)>;

    // `conduct` and `events` must outlive the lane. Throws std::system_error if there can be no
    // thread.
    Lane(LaneOptions options, Conduct& conduct, const TemplateEvents& events, Reroute reroute);
    ~Lane();
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    // For items of the source that has these templates.
    bool has_room(const TemplateTexts& source) const;

    // Queues all of them, even beyond the limit: has_room() is asked before.
    void add(Items items);

    // Items that wait, and whether there is a worker; from any thread.
    std::size_t waiting() const;
    bool has_worker() const { return has_worker_; }

    // Queues it if there was room when the first item of its job was offered.
    bool offer(const QueuedItem& item);

private:
    bool admit(TemplateJob& job);
    Items refuse_waiting();
    bool give_up(const QueuedItem& item);
    void begin_jobs(const Items& items);
    void run();
    Items take();
    void put_back(Items items, const TemplateTexts& tired);
    void rest(SteadyTime::duration worked);
    bool is_in_debt() const;
    void evaluate(Items items);
    void set_others_aside(Items& items);
    bool prepare_worker(const Items& items);
    Result<void> start_worker();
    std::string encode_items(const Items& items) const;
    std::optional<Died> run_batch(const Items& items, std::size_t& answered);
    Result<std::optional<Frame>> receive();
    bool take_results(const Frame& frame, const Items& items, std::size_t& answered, bool& ended);
    void blame(const Died& died, std::size_t answered, Items& items);
    bool answer_death(QueuedItem& item, Death death);
    Died lose_worker(const Error& error);
    std::string text_of(Death death) const;
    bool is_stopping() const;

    const LaneOptions options_;
    Conduct& conduct_;
    const TemplateEvents& events_;
    const Reroute reroute_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    FairQueue queue_;
    SteadyTime rested_at_;  // when the debt will be paid
    bool stopping_ = false;
    std::atomic<bool> has_worker_ = false;  // since the last turn

    // Of the lane's thread.
    std::optional<WorkerProcess> worker_;
    TemplateSet templates_;  // that the worker has
    bool is_turn_of_proven_ = true;
    SteadyTime start_again_at_;  // after a start that failed

    std::thread thread_;
};

}  // namespace millrace::templates
