#include "templates/lane.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/byte_size.h"
#include "core/base/duration.h"
#include "core/base/error_names.h"

namespace millrace::templates {
namespace {

constexpr std::size_t kTemplatesMax = 500;  // of a worker
constexpr std::uint64_t kFrameSlackBytes = 1 << 20;
constexpr int kLossesMax = 2;  // after so many an item is busy
constexpr Milliseconds kStartTime{30'000};
constexpr Milliseconds kStartPause{1'000};  // after a start that failed
constexpr Milliseconds kSendTime{10'000};
constexpr Milliseconds kLookEvery{100};

Error failed(std::string cause) {
    return Error(Code::invalid, std::move(cause)).named(error_names::kInTemplateFailed);
}

Error ended_from_outside() {
    return Error(Code::unavailable, "the process of a template was ended from outside");
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

void answer_all(const Items& items, const Error& error) {
    for (const auto& item : items) item.answer(error);
}

void answer_busy(const Items& items) {
    answer_all(items, templates_busy());
}

// The index of the item that the worker had come to.
std::size_t reached(const std::optional<Died>& died, std::size_t answered, std::size_t items) {
    const auto unanswered = died ? answered : std::max<std::size_t>(answered, 1) - 1;
    return std::min(died && died->item ? *died->item : unanswered, items - 1);
}

// All of their sources, as the others will be needed soon.
TemplateTexts texts_of(const Items& items) {
    TemplateTexts all;
    const TemplateTexts* last = nullptr;
    for (const auto& item : items) {
        const auto* const texts = &item.job->texts();
        if (std::exchange(last, texts) != texts)
            all.insert(all.end(), texts->begin(), texts->end());
    }
    return all;
}

}  // namespace

Lane::Lane(LaneOptions options, Conduct& conduct, const TemplateEvents& events, Reroute reroute)
    : options_(std::move(options)),
      conduct_(conduct),
      events_(events),
      reroute_(std::move(reroute)),
      queue_(options_.waiting),
      templates_(kTemplatesMax),
      thread_(options_.start_thread([this] { run(); })) {}

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

bool Lane::has_room(const TemplateTexts& source) const {
    const std::lock_guard lock(mutex_);
    return queue_.has_room(source) && !is_in_debt();
}

// With mutex_ held.
bool Lane::is_in_debt() const {
    return rested_at_ > std::chrono::steady_clock::now() + options_.debt_max;
}

std::size_t Lane::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

void Lane::add(Items items) {
    if (items.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        queue_.add(std::move(items));
    }
    changed_.notify_one();
}

bool Lane::offer(const QueuedItem& item) {
    {
        const std::lock_guard lock(mutex_);
        if (!admit(*item.job)) return false;
        queue_.add({item});
    }
    changed_.notify_one();
    return true;
}

// All items of a job or none: a request that is never admitted as a whole would come again for
// ever. With mutex_ held.
bool Lane::admit(TemplateJob& job) {
    auto& standing = job.apart.standing;
    if (standing == Apart::Standing::unasked) {
        const bool has_room = queue_.has_room(job.texts()) && !is_in_debt();
        standing = has_room ? Apart::Standing::admitted : Apart::Standing::refused;
    }
    return standing != Apart::Standing::refused;
}

// Takes out what waits of jobs that no evaluation was begun of. With mutex_ held.
Items Lane::refuse_waiting() {
    Items refused, begun;
    for (auto& item : queue_.take_all()) {
        auto& standing = item.job->apart.standing;
        if (standing == Apart::Standing::admitted) standing = Apart::Standing::refused;
        (standing == Apart::Standing::begun ? begun : refused).push_back(std::move(item));
    }
    queue_.add(std::move(begun));
    return refused;
}

// The next items for the worker; none at the end.
Items Lane::take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    return stopping_ ? Items() : queue_.take(options_.batch_items_max);
}

void Lane::put_back(Items items, const TemplateTexts& tired) {
    const std::lock_guard lock(mutex_);
    queue_.put_back(std::move(items), tired);
}

// Counts the time as a debt of rest; with too much of it, answers what waits.
void Lane::rest(SteadyTime::duration worked) {
    if (options_.rest_factor == 0) return;
    Items refused;
    {
        const std::lock_guard lock(mutex_);
        rested_at_ =
            std::max(rested_at_, std::chrono::steady_clock::now()) + worked * options_.rest_factor;
        if (!is_in_debt()) return;
        refused = refuse_waiting();
    }
    answer_busy(refused);
}

void Lane::run() {
    for (auto items = take(); !items.empty(); items = take()) {
        evaluate(std::move(items));
        has_worker_ = worker_.has_value();
    }
    has_worker_ = false;
    worker_.reset();
    answer_busy(queue_.take_all());  // nothing is added any more
}

// One turn: what is not evaluated in it waits for the next one.
void Lane::evaluate(Items items) {
    std::erase_if(items, reroute_);
    std::erase_if(items, [this](const QueuedItem& item) { return give_up(item); });
    if (items.empty()) return;
    set_others_aside(items);
    if (options_.killed_max > 0) begin_jobs(items);
    const bool is_ready = prepare_worker(items);
    has_worker_ = is_ready;
    if (!is_ready) return answer_all(items, templates_unavailable());
    const auto began = std::chrono::steady_clock::now();
    std::size_t answered = 0;
    const auto died = run_batch(items, answered);
    const auto worked = std::chrono::steady_clock::now() - began;
    const auto tired = items[reached(died, answered, items.size())].job;
    items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(answered));
    if (died) blame(*died, answered, items);
    put_back(std::move(items), tired->texts());
    rest(worked);
}

// One that has run away with several records of a request is not waited for with the others of it,
// which would come again with the request for ever.
bool Lane::give_up(const QueuedItem& item) {
    if (options_.killed_max == 0 || item.killed() < options_.killed_max) return false;
    item.answer(failed(fmt::format(
        "the template was stopped by its limits for {} records of the request, so it was not "
        "evaluated for the others",
        options_.killed_max)));
    return true;
}

void Lane::begin_jobs(const Items& items) {
    const std::lock_guard lock(mutex_);
    for (const auto& item : items) item.job->apart.standing = Apart::Standing::begun;
}

// One that may run away, as it is not known yet, is waited for by none that has succeeded before:
// a process that dies takes with it what it has not told yet. So the two kinds of items share no
// turn where both wait, and have every other one.
void Lane::set_others_aside(Items& items) {
    const bool is_turn_of_proven = std::exchange(is_turn_of_proven_, !is_turn_of_proven_);
    const auto others =
        std::stable_partition(items.begin(), items.end(), [&](const QueuedItem& item) {
            return conduct_.is_proven(item.text()) == is_turn_of_proven;
        });
    if (others == items.begin() || others == items.end()) return;
    Items later(std::make_move_iterator(others), std::make_move_iterator(items.end()));
    items.erase(others, items.end());
    put_back(std::move(later), items.front().job->texts());
}

// Whether there is a worker that has the templates of the sources of `items`.
bool Lane::prepare_worker(const Items& items) {
    if (templates_.use(texts_of(items))) worker_.reset();
    if (worker_) return true;
    const auto now = std::chrono::steady_clock::now();
    if (now < start_again_at_) return false;
    const auto started = start_worker();
    if (started.ok()) return true;
    start_again_at_ = now + kStartPause;
    lose_worker(started.error());
    return false;
}

Result<void> Lane::start_worker() {
    const Setup setup{.only_check = false,
                      .niceness = options_.niceness,
                      .limits = options_.limits,
                      .templates = templates_.texts()};
    TRY_ASSIGN(auto worker,
               WorkerProcess::start(options_.command, setup, [this] { return is_stopping(); }));
    TRY_ASSIGN(const auto frame, worker.channel().receive(kFrameSlackBytes, kStartTime));
    if (frame.kind != FrameKind::ready) {
        return Error(Code::corrupt, "a template worker did not say that it is ready");
    }
    worker_.emplace(std::move(worker));
    return {};
}

std::string Lane::encode_items(const Items& items) const {
    std::vector<const TemplateRecord*> records;
    std::vector<Item> numbered;
    for (const auto& item : items) {  // templates of one record are neighbours
        const auto* const record = &item.record();
        if (records.empty() || records.back() != record) records.push_back(record);
        numbered.push_back({.record_index = static_cast<std::uint32_t>(records.size() - 1),
                            .template_index = templates_.number_of(item.text())});
    }
    return encode_batch(records, numbered);
}

// Evaluates until all is answered, the turn is over or a process has ended, which it returns.
// `answered` are the first so many.
std::optional<Died> Lane::run_batch(const Items& items, std::size_t& answered) {
    const auto sent = worker_->channel().send(FrameKind::batch, encode_items(items), kSendTime);
    // Of one that is gone it may still be heard how it died.
    if (!sent.ok() && sent.error().code() != Code::unavailable) return lose_worker(sent.error());
    for (bool ended = false; !ended && answered < items.size();) {
        auto received = receive();
        if (is_stopping()) break;
        if (!received.ok()) return lose_worker(received.error());
        if (!received.value()) {
            return lose_worker(Error(Code::unavailable, "a template worker hangs"));
        }
        const auto& frame = *received.value();
        if (frame.kind == FrameKind::died) {
            auto died = decode_died(frame.payload);
            if (!died.ok()) return lose_worker(died.error());
            if (died.value().death == Death::outside) events_.worker_lost(ended_from_outside());
            if (!died.value().item) worker_.reset();
            return died.value();
        }
        if (!take_results(frame, items, answered, ended)) {
            return lose_worker(
                Error(Code::corrupt, "a template worker does not keep to its protocol"));
        }
    }
    return std::nullopt;
}

// The next frame; nothing if the worker hangs.
Result<std::optional<Frame>> Lane::receive() {
    auto beats = worker_->progress().beats();
    Milliseconds still{0};
    while (still < options_.watchdog) {
        auto frame =
            worker_->channel().receive(options_.limits.output_bytes + kFrameSlackBytes, kLookEvery);
        if (frame.ok()) return std::optional(std::move(frame).value());
        if (frame.error().code() != Code::overloaded) return std::move(frame).error();
        still = worker_->progress().beats() == beats ? still + kLookEvery : Milliseconds{0};
        beats = worker_->progress().beats();
    }
    return std::optional<Frame>();
}

bool Lane::take_results(const Frame& frame, const Items& items, std::size_t& answered,
                        bool& ended) {
    if (frame.kind != FrameKind::results) return false;
    auto results = decode_results(frame.payload);
    const auto count = results.ok() ? results.value().items.size() : 0;
    if (count == 0 || count > items.size() - answered) return false;  // each frame gets further
    for (auto& result : results.value().items) {
        const auto& item = items[answered++];
        if (result.outcome == Outcome::value) conduct_.succeeded(item.text());
        item.answer(value_of(std::move(result), options_.limits));
    }
    ended = results.value().ended;
    return true;
}

// A process has died while `items` were to be evaluated, those behind `answered` others. The one
// that it was evaluating, or that is the only one, is to blame; which of several it was, shows when
// each is evaluated alone.
void Lane::blame(const Died& died, std::size_t answered, Items& items) {
    auto blamed = items.size() == 1 ? items.begin() : items.end();
    if (died.item && *died.item >= answered && *died.item - answered < items.size()) {
        blamed = items.begin() + static_cast<std::ptrdiff_t>(*died.item - answered);
    }
    if (blamed != items.end() && died.death == Death::time && options_.leaves_slow) {
        conduct_.killed(blamed->text());  // it goes over when the source has its next turn
        return;
    }
    if (blamed != items.end() && answer_death(*blamed, died.death)) items.erase(blamed);
    for (auto& item : items) item.is_alone = true;
}

// Returns whether the item is answered; it is not when it is to be evaluated again.
bool Lane::answer_death(QueuedItem& item, Death death) {
    if (death == Death::outside) {
        if (++item.losses < kLossesMax) return false;
        item.answer(templates_busy());
        return true;
    }
    const auto cause = text_of(death);
    conduct_.killed(item.text());
    if (options_.killed_max > 0) ++item.killed();
    events_.evaluation_killed({.template_text = item.text(), .cause = cause});
    item.answer(failed(cause));
    return true;
}

Died Lane::lose_worker(const Error& error) {
    const auto item = worker_ ? worker_->progress().item() : std::nullopt;
    worker_.reset();
    if (!is_stopping()) events_.worker_lost(error);
    return {.death = Death::outside, .item = item};
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
        case Death::crash:
        case Death::outside:
            break;
    }
    return "the template's process has crashed";
}

}  // namespace millrace::templates
