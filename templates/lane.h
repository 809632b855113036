#pragma once
// Lane: a thread with a queue of items and the worker that evaluates them.
//
// What an item does to the worker is its own error: the other items of its batch run again, in a
// new process.
//
// Lifetime  the destructor ends the thread and the worker; items that wait are answered as busy.
// Thread    add(), offer() and has_room() from any; items are answered on the lane's thread.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "templates/conduct.h"
#include "templates/events.h"
#include "templates/limits.h"
#include "templates/template_job.h"
#include "templates/worker_process.h"

namespace millrace::templates {

struct LaneOptions {
    WorkerCommand command;
    EvaluationLimits limits;
    int niceness = 0;
    std::size_t items_max = 4096;      // with so many waiting, has_room() is false
    std::size_t batch_items_max = 64;  // that are evaluated without looking up
    // The lane rests so many times as long as it has evaluated, in all: while its debt of rest is
    // over debt_max, has_room() is false and what waits is answered as busy.
    int rest_factor = 0;
    Milliseconds debt_max{0};
};

class Lane {
public:
    // Asked for each item before it is evaluated: whether another lane has taken it over.
    using Reroute = std::function<bool(const QueuedItem&)>;

    // `conduct` and `events` must outlive the lane.
    Lane(LaneOptions options, Conduct& conduct, const TemplateEvents& events, Reroute reroute);
    ~Lane();
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    bool has_room() const;

    // Queues all of them, even beyond the limit: has_room() is asked before.
    void add(std::vector<QueuedItem> items);

    // Queues it if there is room.
    bool offer(const QueuedItem& item);

private:
    using Items = std::vector<QueuedItem>;

    void run();
    bool has_room_now() const;
    void push(QueuedItem item);
    Items take();
    void rest(SteadyTime::duration worked);
    bool is_in_debt() const;
    void evaluate(Items items);
    bool prepare_worker(const Items& items);
    Result<void> start_worker();
    std::string encode_items(const Items& items, bool one_by_one) const;
    bool run_batch(Items& items, bool one_by_one);
    Result<std::optional<Frame>> receive();
    bool take_results(const Frame& frame, Items& items, std::size_t& answered, bool& ended);
    void kill_item(Items& items, std::size_t answered, const std::string& cause, bool is_suspect);
    void lose_worker(const Error& error);
    std::string text_of(Death death) const;
    bool is_stopping() const;

    const LaneOptions options_;
    Conduct& conduct_;
    const TemplateEvents& events_;
    const Reroute reroute_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<QueuedItem> queue_;
    std::uint64_t queue_bytes_ = 0;
    SteadyTime rested_at_;  // when the debt will be paid
    bool stopping_ = false;

    // Of the lane's thread.
    std::optional<WorkerProcess> worker_;
    std::unordered_map<std::string, std::uint32_t> templates_;  // that the worker has, by text

    std::thread thread_;
};

}  // namespace millrace::templates
