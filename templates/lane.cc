#include "templates/lane.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/byte_size.h"
#include "core/base/duration.h"

namespace millrace::templates {
namespace {

constexpr std::uint64_t kBatchBytesMax = 1 << 20;
constexpr std::uint64_t kQueueBytesMax = 64 << 20;
constexpr std::size_t kTemplatesMax = 500;  // of a worker; with more it begins anew
constexpr std::uint64_t kFrameSlackBytes = 1 << 20;
constexpr int kLossesMax = 3;  // of workers, without an item to blame
constexpr Milliseconds kStartTime{30'000};
constexpr Milliseconds kSendTime{10'000};
constexpr Milliseconds kLookEvery{100};
// The worker's own limit counts the time of a processor; this one is for a worker that hangs.
constexpr int kWatchdogFactor = 10;
constexpr Milliseconds kWatchdogMin{10'000};

Error failed(std::string cause) {
    return Error(Code::invalid, std::move(cause)).named("stream.in.templateFailed");
}

Result<std::string> value_of(ItemResult&& result, const EvaluationLimits& limits) {
    switch (result.outcome) {
        case Outcome::value:
            return std::move(result.text);
        case Outcome::failed:
            return failed(std::move(result.text));
        case Outcome::no_body:
            return Error(Code::invalid, "the body is not readable");
        case Outcome::too_large:
            break;
    }
    return too_large(fmt::format("the template's value is larger than {}",
                                 format_byte_size(limits.output_bytes)));
}

}  // namespace

Lane::Lane(LaneOptions options, Conduct& conduct, const TemplateEvents& events, Reroute reroute)
    : options_(std::move(options)),
      conduct_(conduct),
      events_(events),
      reroute_(std::move(reroute)),
      thread_([this] { run(); }) {}

Lane::~Lane() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool Lane::is_stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

bool Lane::has_room() const {
    const std::lock_guard lock(mutex_);
    return has_room_now();
}

// These with mutex_ held.
bool Lane::has_room_now() const {
    return queue_.size() < options_.items_max && queue_bytes_ < kQueueBytesMax && !is_in_debt();
}
void Lane::push(QueuedItem item) {
    queue_bytes_ += item.record().body.size();
    queue_.push_back(std::move(item));
}
bool Lane::is_in_debt() const {
    return rested_at_ > std::chrono::steady_clock::now() + options_.debt_max;
}

void Lane::add(std::vector<QueuedItem> items) {
    if (items.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        for (auto& item : items) push(std::move(item));
    }
    changed_.notify_one();
}

bool Lane::offer(const QueuedItem& item) {
    {
        const std::lock_guard lock(mutex_);
        if (!has_room_now()) return false;
        push(item);
    }
    changed_.notify_one();
    return true;
}

// The next items for the worker; none at the end.
Lane::Items Lane::take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    Items items;
    std::uint64_t bytes = 0;
    while (!stopping_ && !queue_.empty() && items.size() < options_.batch_items_max &&
           bytes < kBatchBytesMax) {
        const auto body_bytes = queue_.front().record().body.size();
        bytes += body_bytes;
        queue_bytes_ -= body_bytes;
        items.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return items;
}

// Counts the time as a debt of rest; with too much of it, answers what waits.
void Lane::rest(SteadyTime::duration worked) {
    if (options_.rest_factor == 0) return;
    std::deque<QueuedItem> refused;
    {
        const std::lock_guard lock(mutex_);
        rested_at_ =
            std::max(rested_at_, std::chrono::steady_clock::now()) + worked * options_.rest_factor;
        if (!is_in_debt()) return;
        refused.swap(queue_);
        queue_bytes_ = 0;
    }
    for (const auto& item : refused) item.answer(templates_busy());
}

void Lane::run() {
    for (auto items = take(); !items.empty(); items = take()) evaluate(std::move(items));
    worker_.reset();
    for (const auto& item : queue_) item.answer(templates_busy());  // nobody adds any more
}

void Lane::evaluate(Items items) {
    bool one_by_one = false;
    int losses = 0;
    while (true) {
        std::erase_if(items, [&](const auto& item) { return reroute_(item); });
        if (items.empty()) return;
        if (is_stopping() || losses >= kLossesMax || !prepare_worker(items)) break;
        const auto before = items.size();
        // After a death each result comes at once, so that no item runs more than twice.
        const auto began = std::chrono::steady_clock::now();
        one_by_one = !run_batch(items, one_by_one);
        rest(std::chrono::steady_clock::now() - began);
        if (items.size() == before) ++losses;
    }
    for (const auto& item : items) item.answer(templates_busy());
}

// Whether there is a worker that has the templates of the jobs of `items`.
bool Lane::prepare_worker(const Items& items) {
    const auto add_missing = [&] {
        const TemplateJob* last = nullptr;  // items of one job are neighbours
        for (const auto& item : items) {
            if (item.job.get() == last) continue;
            last = item.job.get();
            for (const auto& text : last->texts()) {
                templates_.try_emplace(text, static_cast<std::uint32_t>(templates_.size()));
            }
        }
    };
    const auto before = templates_.size();
    add_missing();
    if (templates_.size() > kTemplatesMax && templates_.size() > before) {
        templates_.clear();
        add_missing();
        worker_.reset();
    }
    if (templates_.size() != before) worker_.reset();
    if (worker_) return true;
    const auto started = start_worker();
    if (!started.ok()) lose_worker(started.error());
    return started.ok();
}

Result<void> Lane::start_worker() {
    Setup setup{.only_check = false,
                .niceness = options_.niceness,
                .limits = options_.limits,
                .templates = TemplateTexts(templates_.size())};
    for (const auto& [text, index] : templates_) setup.templates[index] = text;
    TRY_ASSIGN(auto worker, WorkerProcess::start(options_.command, setup));
    TRY_ASSIGN(const auto frame, worker.channel().receive(kFrameSlackBytes, kStartTime));
    if (frame.kind != FrameKind::ready) {
        return Error(Code::corrupt, "a template worker did not say that it is ready");
    }
    worker_.emplace(std::move(worker));
    return {};
}

std::string Lane::encode_items(const Items& items, bool one_by_one) const {
    std::vector<const TemplateRecord*> records;
    std::vector<Item> numbered;
    for (const auto& item : items) {  // templates of one record are neighbours
        const auto* const record = &item.record();
        if (records.empty() || records.back() != record) records.push_back(record);
        numbered.push_back({.record_index = static_cast<std::uint32_t>(records.size() - 1),
                            .template_index = templates_.at(item.text())});
    }
    return encode_batch(records, numbered, one_by_one);
}

// Evaluates until all is answered or the worker's process ends; leaves what is not answered in
// `items`. False after a death.
bool Lane::run_batch(Items& items, bool one_by_one) {
    const auto sent =
        worker_->channel().send(FrameKind::batch, encode_items(items, one_by_one), kSendTime);
    if (!sent.ok()) lose_worker(sent.error());
    std::size_t answered = 0;
    bool ended = false;
    while (worker_ && !ended && answered < items.size()) {
        auto received = receive();
        if (is_stopping()) break;
        if (!received.ok()) {
            kill_item(items, answered, "the template's process was ended", false);
            lose_worker(received.error());
            return false;
        }
        if (!received.value()) {
            kill_item(items, answered, text_of(Death::time), true);
            lose_worker(Error(Code::unavailable, "a template worker hangs"));
            return false;
        }
        const auto& frame = *received.value();
        if (frame.kind == FrameKind::died) {
            const auto death = decode_death(frame.payload);
            kill_item(items, answered, text_of(death.ok() ? death.value() : Death::other), true);
            return false;
        }
        if (!take_results(frame, items, answered, ended)) {
            lose_worker(Error(Code::corrupt, "a template worker does not keep to its protocol"));
        }
    }
    items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(answered));
    return true;
}

// The next frame; nothing if the worker hangs.
Result<std::optional<Frame>> Lane::receive() {
    const auto watchdog = std::max(options_.limits.time * kWatchdogFactor, kWatchdogMin);
    auto beats = worker_->progress().beats();
    Milliseconds still{0};
    while (still < watchdog) {
        auto frame =
            worker_->channel().receive(options_.limits.output_bytes + kFrameSlackBytes, kLookEvery);
        if (frame.ok()) return std::optional(std::move(frame).value());
        if (frame.error().code() != Code::overloaded) return std::move(frame).error();
        if (is_stopping()) return Error(Code::unavailable, "the service stops");
        still = worker_->progress().beats() == beats ? still + kLookEvery : Milliseconds{0};
        beats = worker_->progress().beats();
    }
    return std::optional<Frame>();
}

bool Lane::take_results(const Frame& frame, Items& items, std::size_t& answered, bool& ended) {
    if (frame.kind != FrameKind::results) return false;
    auto results = decode_results(frame.payload);
    if (!results.ok() || results.value().items.size() > items.size() - answered) return false;
    for (auto& result : results.value().items) {
        const auto& item = items[answered++];
        if (result.outcome == Outcome::value) {
            conduct_.succeeded(item.text());
        } else if (result.outcome != Outcome::no_body) {
            conduct_.failed(item.text());
        }
        item.answer(value_of(std::move(result), options_.limits));
    }
    ended = results.value().ended;
    return true;
}

// Gives the error to the item that was being evaluated, if any, and leaves the others unanswered.
void Lane::kill_item(Items& items, std::size_t answered, const std::string& cause,
                     bool is_suspect) {
    const auto index = worker_->progress().item();
    const auto begin = items.begin();
    if (index != Progress::kNone && index >= answered && index < items.size()) {
        const auto killed = begin + static_cast<std::ptrdiff_t>(index);
        if (is_suspect) conduct_.killed(killed->text());
        events_.evaluation_killed({.template_text = killed->text(), .cause = cause});
        killed->answer(failed(cause));
        items.erase(killed);
    }
    items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(answered));
}

void Lane::lose_worker(const Error& error) {
    worker_.reset();
    if (!is_stopping()) events_.worker_lost(error);
}

std::string Lane::text_of(Death death) const {
    const auto& limits = options_.limits;
    switch (death) {
        case Death::time:
            return fmt::format("the template takes more than {} of a processor",
                               format_duration(limits.time));
        case Death::memory:
            return fmt::format("the template needs more than {} of memory",
                               format_byte_size(limits.memory_bytes));
        case Death::stack:
            return "the template's values are nested too deep";
        case Death::other:
            break;
    }
    return "the template's process has crashed";
}

}  // namespace millrace::templates
