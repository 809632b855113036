#include "api/app/pipeline_part.h"

#include <chrono>
#include <span>

#include "api/app/latch.h"
#include "api/app/log_events.h"
#include "api/log/log.h"

namespace millrace {
namespace {

constexpr auto kTidyLoadsEvery = std::chrono::minutes(1);
// How much of a stop's wait is for a server elsewhere that may not answer.
constexpr auto kUploadsStopWait = std::chrono::seconds(5);

}  // namespace

Result<void> PipelinePart::start() {
    recent_requests_.begin(machine_.clock().wall());
    recent_requests_.on_news([this] { progress_.note(); });
    TRY(start_lifecycle());
    TRY(start_loads());
    templates_ = make_template_pool();
    rejects_ = std::make_unique<pipeline::RejectQueue>(
        storage_.catalog(), rejects_thread_,
        pipeline::RejectQueue::Options{.failed = [](const Error& error) {
            log::warn("rejects_not_kept", {{"cause", error.operator_text()}});
        }});
    return {};
}

Result<void> PipelinePart::start_lifecycle() {
    auto& catalog = storage_.catalog();
    lifecycle_ = std::make_unique<lifecycle::Lifecycle>(
        lifecycle::Stores{.catalog = catalog,
                          .refused = catalog,
                          .definitions = catalog,
                          .slices = storage_.volumes(),
                          .stagings = storage_.backends().stagings(),
                          .gzip = gzip_,
                          .targets = storage_.backends().targets(),
                          .hold = &storage_.removal_hold(),
                          .imports_remembered = machine_.config().backup_horizon,
                          .old_files = &catalog,
                          .import_limits = storage_.backends().import_limits(),
                          .coverage = &catalog},
        machine_.clock(),
        lifecycle::LifecycleThreads{
            .strand = machine_.lifecycle_strand(),
            .workers = machine_.workers(lifecycle::DueWork::workers_for(
                storage_.backends().targets(), storage_.backends().import_limits()))},
        logged_events(
            progress_,
            {.imported = [this](FileId file) { visible_loads_.imported(file); },
             .set_aside = [this](FileId file) { visible_loads_.set_aside(file); },
             .load_refused = [this](const auto& event) { return abort_refused_load(event); }}),
        machine_.config().settings);
    lifecycle_->watch(storage_.volumes());
    TRY(forget_ended_volumes());
    for (const auto& volume : storage_.local_volumes()) volume->start(*lifecycle_);
    lifecycle_->start();
    machine_.disk_watch().start();
    return {};
}

bool PipelinePart::abort_refused_load(const lifecycle::LoadRefused& refused) {
    return visible_loads_.refused(refused.file, [&] {
        return storage_.catalog()
            .take_back_load(refused.file, refused.reason, instant_of(machine_.clock()))
            .ok();
    });
}

// The volumes have been recovered, and no door is open: what is open or written has no writer.
Result<void> PipelinePart::start_loads() {
    auto& catalog = storage_.catalog();
    load_stores_.emplace(pipeline::LoadStores{
        .loads = catalog,
        .slices = storage_.volumes(),
        .clock = machine_.clock(),
        .random = machine_.secure_rng(),
        .has_room = [this](const VolumeId& volume) { return storage_.has_room(volume); }});
    load_ends_ = std::make_unique<pipeline::LoadEnds>(
        pipeline::LoadEnds::Ports{.stores = *load_stores_,
                                  .lifecycle = catalog,
                                  .definitions = catalog,
                                  .journal = storage_.volumes(),
                                  .executor = loads_thread_});
    TRY(load_ends_->recover());
    tidy_loads();
    return {};
}

void PipelinePart::tidy_loads() {
    loads_thread_.post_at(machine_.clock().steady() + kTidyLoadsEvery, [this] {
        if (const auto tidied = load_ends_->tidy(); !tidied.ok()) {
            log::warn("loads_not_tidied", {{"cause", tidied.error().operator_text()}});
        }
        tidy_loads();
    });
}

void PipelinePart::stop() {
    loads_thread_.stop();
    tasks_.stop();
    if (lifecycle_ != nullptr) {
        const auto stopped = std::make_shared<Latch>();
        lifecycle_->stop([stopped] { stopped->open(); });
        if (!stopped->wait(kUploadsStopWait)) {
            storage_.backends().stop();  // what was not uploaded is, by the next start
            if (!stopped->wait(kStopWait - kUploadsStopWait)) log::warn("steps_still_running", {});
        }
    }
    rejects_thread_.stop();
}

// No journal replays what they had, so nothing of it is kept for that.
Result<void> PipelinePart::forget_ended_volumes() {
    TRY_ASSIGN(const auto known, storage_.catalog().volumes());
    for (const auto& record : known) {
        if (record.state != VolumeState::active) lifecycle_->volume_ended(record.volume);
    }
    volume_acts_ = std::make_unique<pipeline::VolumeActs>(
        storage_.catalog(), storage_.volumes(),
        [this](const VolumeRecord& record) {
            log::warn("volume_ended",
                      {{"volume", record.name}, {"message", pipeline::end_sentence(record)}});
            lifecycle_->volume_ended(record.volume);
            if (const auto read = storage_.key_homes().load(); !read.ok())
                tell_unrecorded(read.error());
        },
        [this](std::span<const pipeline::KeyFound> keys) {
            return storage_.key_homes().add(keys);
        });
    return {};
}

std::unique_ptr<templates::TemplatePool> PipelinePart::make_template_pool() {
    const auto& limits = machine_.config().templates;
    return std::make_unique<templates::TemplatePool>(
        templates::TemplatePool::Options{.command = {"/proc/self/exe", "template-worker"},
                                         .limits = {.memory_bytes = limits.memory_bytes,
                                                    .stack_frames = limits.stack_frames,
                                                    .output_bytes = limits.output_bytes,
                                                    .time = limits.time}},
        templates::TemplateEvents{
            .evaluation_killed =
                [this](const templates::EvaluationKilled& event) {
                    ++template_counters_.killed;
                    log::warn("template_killed",
                              {{"template", event.template_text}, {"cause", event.cause}});
                },
            .worker_lost =
                [this](const Error& error) {
                    ++template_counters_.workers_lost;
                    log::warn("template_worker_lost", {{"cause", error.operator_text()}});
                }});
}

}  // namespace millrace
