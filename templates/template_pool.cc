#include "templates/template_pool.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

namespace millrace::templates {
namespace {

constexpr std::size_t kOwnItemsMax = 64;
// The limit on time counts that of a processor: a worker that does not get one is not to blame.
constexpr int kWatchdogFactor = 10;
constexpr Milliseconds kWatchdogMin{10'000};
// Templates that run away get a tenth of a processor in the long run.
constexpr std::size_t kSuspectItemsMax = 16;
constexpr int kSuspectRestFactor = 9;
constexpr std::uint32_t kSuspectKilledMax = 3;  // of a request
constexpr Milliseconds kSuspectDebtMax{1'000};
constexpr int kPatienceDivisor = 4;
constexpr Milliseconds kStartPause{1'000};  // after threads could not be made
constexpr Milliseconds kCheckTime{30'000};
constexpr std::uint64_t kCheckBytesMax = 16 << 20;

LaneOptions lane_options(const TemplatePool::Options& options) {
    return {.command = options.command,
            .limits = options.limits,
            .niceness = 0,
            .watchdog = std::max(options.limits.time * kWatchdogFactor, kWatchdogMin),
            .waiting = {.items_max = options.items_max, .own_items_max = kOwnItemsMax},
            .start_thread = options.start_thread};
}

// What takes long is left to the other lane: everybody waits for it here.
LaneOptions trusted_options(const TemplatePool::Options& options) {
    auto lane = lane_options(options);
    lane.limits.time /= kPatienceDivisor;
    lane.leaves_slow = true;
    return lane;
}

LaneOptions suspect_options(const TemplatePool::Options& options) {
    auto lane = lane_options(options);
    lane.niceness = options.suspect_niceness;
    lane.waiting = {.items_max = kSuspectItemsMax};
    lane.batch_items_max = 1;  // each is killed, most likely
    lane.killed_max = kSuspectKilledMax;
    lane.rest_factor = kSuspectRestFactor;
    lane.debt_max = kSuspectDebtMax;
    return lane;
}

}  // namespace

TemplatePool::Project::Project(const Options& options, const TemplateEvents& events)
    : suspects(suspect_options(options), conduct, events, [](const auto&) { return false; }),
      trusted(trusted_options(options), conduct, events,
              [this](const auto& item) { return take_over(item); }) {}

// Whether the item is none for the trusted lane; then it is queued elsewhere or answered.
bool TemplatePool::Project::take_over(const QueuedItem& item) {
    if (!conduct.is_suspect(item.text())) return false;
    if (!suspects.offer(item)) item.answer(templates_busy());
    return true;
}

TemplatePool::TemplatePool(Options options, TemplateEvents events)
    : options_(std::move(options)), events_(std::move(events)) {}

bool TemplatePool::is_busy(ProjectId id, const TemplateTexts& templates) {
    const auto found = this->project(id);
    if (!found.ok()) return false;  // submit() says why
    auto& project = *found.value();
    if (project.suspects.has_room(templates)) return false;
    return std::all_of(templates.begin(), templates.end(),
                       [&](const std::string& text) { return project.conduct.is_suspect(text); });
}

// Threads are made when the first event needs them, and the system may have none just then: the
// only failure of std::thread, which tells of it by an exception.
Result<TemplatePool::Project*> TemplatePool::project(ProjectId id) {
    std::optional<Error> failed;
    const auto found = projects_.with([&](Projects& projects) -> Result<Project*> {
        auto& project = projects.by_id[id];
        if (project != nullptr) return project.get();
        const auto now = std::chrono::steady_clock::now();
        if (now < projects.try_again_at) return templates_unavailable();
        try {
            project = std::make_unique<Project>(options_, events_);
        } catch (const std::system_error& error) {
            projects.try_again_at = now + kStartPause;
            failed = Error(Code::unavailable, error.what()).in("start a thread");
            return templates_unavailable();
        }
        return project.get();
    });
    if (failed) events_.worker_lost(*failed);
    return found;
}

TemplatePool::Load TemplatePool::load() {
    return projects_.with([](Projects& projects) {
        Load load;
        for (const auto& [_, project] : projects.by_id) {
            if (project == nullptr) continue;
            for (const auto* const lane : {&project->trusted, &project->suspects}) {
                if (lane->has_worker()) ++load.workers;
                load.waiting += lane->waiting();
            }
        }
        return load;
    });
}

Result<void> TemplatePool::submit(TemplateBatch batch) {
    TRY_ASSIGN(auto* const found, this->project(batch.project));
    auto& project = *found;
    if (!project.trusted.has_room(*batch.templates)) return templates_busy();
    const auto records = batch.records.size();
    const auto templates = batch.templates->size();
    const auto job = std::make_shared<TemplateJob>(std::move(batch));
    Items items;
    items.reserve(records * templates);
    for (std::uint32_t record = 0; record < records; ++record) {
        for (std::uint32_t text = 0; text < templates; ++text) {
            QueuedItem item{.job = job, .item = {.record_index = record, .template_index = text}};
            if (!project.take_over(item)) items.push_back(std::move(item));
        }
    }
    project.trusted.add(std::move(items));
    return {};
}

Result<std::vector<std::optional<std::string>>> TemplatePool::check(const TemplateTexts& texts) {
    const Setup setup{
        .only_check = true, .niceness = 0, .limits = options_.limits, .templates = texts};
    TRY_ASSIGN(auto worker, WorkerProcess::start(options_.command, setup));
    TRY_ASSIGN(const auto frame, worker.channel().receive(kCheckBytesMax, kCheckTime));
    TRY_ASSIGN(auto problems, decode_problems(frame.payload));
    if (frame.kind != FrameKind::checked || problems.size() != texts.size()) {
        return Error(Code::unavailable, "a template worker did not check what it was asked to");
    }
    return problems;
}

}  // namespace millrace::templates
