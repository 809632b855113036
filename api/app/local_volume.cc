#include "api/app/local_volume.h"

#include <utility>

#include "api/log/log.h"

namespace millrace {
namespace {

void log_keys(const std::string& volume, const journal::KeyFileTrouble& trouble) {
    using Kind = journal::KeyFileTrouble::Kind;
    switch (trouble.kind) {
        case Kind::over_budget:
            return log::warn("keys_forgotten",
                             {{"volume", volume},
                              {"keys", trouble.keys},
                              {"message",
                               "limits.idempotency-memory is too little for their files; a "
                               "restart forgets these keys before their window"}});
        case Kind::lost:
            return log::error("keys_lost",
                              {{"volume", volume},
                               {"path", trouble.path},
                               {"keys", trouble.keys},
                               {"message", "their file is gone; a restart forgets these keys"}});
        case Kind::stays:
            return log::warn(
                "keys_not_removed",
                {{"volume", volume}, {"path", trouble.path}, {"cause", trouble.cause}});
    }
}

}  // namespace

LocalVolume::LocalVolume(const Around& around, Options options)
    : around_(around),
      options_(std::move(options)),
      watch_(
          around_.disk, around_.clock, background_thread_,
          {.path = options_.volume.directory,
           .reserve_bytes = options_.reserve_bytes,
           .ballast_bytes = options_.ballast_bytes},
          // Rows that the slices do not have yet will need room too.
          [this] { return slices_->backlog_bytes(); }, disk_events()),
      slices_thread_("slices"),
      journal_thread_("journal"),
      background_thread_("background") {}

LocalVolume::~LocalVolume() {
    stop();
}

Result<std::unique_ptr<LocalVolume>> LocalVolume::open(const Around& around, Options options) {
    const auto place = "volume " + options.volume.name;
    auto volume = std::unique_ptr<LocalVolume>(new LocalVolume(around, std::move(options)));
    TRY(volume->recover().in(place));
    return volume;
}

Result<void> LocalVolume::recover() {
    const auto begun = around_.clock.steady();
    const auto& directory = options_.volume.directory;
    auto prepared = options_.volume.prepared;
    if (prepared.ok()) watch_.relieve();
    slices_ = std::make_unique<local::SliceFiles>(
        around_.disk, around_.clock, slices_thread_,
        local::SliceFiles::Options{.directory = directory + "/slices",
                                   .open_files_max = options_.open_slices_max},
        local::SliceEvents{.write_failed =
                               [this](SliceId slice, const Error& error) {
                                   const auto turn = slices_log_.turn(around_.clock.steady());
                                   if (!turn) return;
                                   log::warn("slice_write_failed",
                                             {{"slice", to_string(slice)},
                                              {"cause", error.operator_text()},
                                              {"left_out", *turn}});
                               },
                           .sync_failed = [this](const Error& error) { journal_->fail(error); }});
    if (prepared.ok()) prepared = slices_->prepare();
    TRY_ASSIGN(journal_,
               journal::VolumeJournal::open({.disk = around_.disk,
                                             .clock = around_.clock,
                                             .rng = rng_,
                                             .executor = journal_thread_,
                                             .background = background_thread_,
                                             .slices = *slices_,
                                             .catalog = around_.catalog,
                                             .losses = around_.losses,
                                             .registry = around_.registry},
                                            {.volume = options_.volume.volume,
                                             .name = options_.volume.name,
                                             .volume_directory = directory,
                                             .kept_free_bytes = options_.reserve_bytes,
                                             .key_files_bytes_max = options_.key_files_bytes_max},
                                            journal_events(), prepared));
    log_recovery();
    watch_.start();
    if (!journal_->health().ok()) return {};
    const auto took = std::chrono::duration_cast<Milliseconds>(around_.clock.steady() - begun);
    const auto& report = journal_->recovery();
    log::info("recovered", {{"volume", options_.volume.name},
                            {"frames", report.frames},
                            {"rows", report.rows},
                            {"bytes", report.bytes},
                            {"checkpoint", report.checkpoint.value},
                            {"last", report.last.value},
                            {"ms", std::int64_t{took.count()}}});
    remove_strays();
    return {};
}

DiskEvents LocalVolume::disk_events() const {
    const auto& volume = name();
    return {.changed =
                [this, volume](bool has_room) {
                    if (has_room && journal_ != nullptr && !journal_->health().ok()) {
                        log::warn("volume_has_room",
                                  {{"volume", volume},
                                   {"message", "it was not read; restart the service"}});
                    } else if (has_room) {
                        log::info("volume_has_room", {{"volume", volume}});
                    } else {
                        log::error("volume_full",
                                   {{"volume", volume},
                                    {"message", "it takes no rows until there is room"}});
                    }
                },
            .ballast_released =
                [volume] {
                    log::warn("ballast_released",
                              {{"volume", volume},
                               {"message", "the disk is full; the volume drains into this room"}});
                },
            .ballast_failed =
                [volume](const Error& error) {
                    log::warn("no_ballast", {{"volume", volume}, {"cause", error.operator_text()}});
                }};
}

void LocalVolume::log_recovery() const {
    const auto& volume = name();
    if (const auto health = journal_->health(); !health.ok()) {
        log::error("volume_is_failed",
                   {{"volume", volume}, {"cause", health.error().client_text()}});
    }
    const auto& report = journal_->recovery();
    for (const auto& damage : report.damages) {
        log::error("journal_damaged", {{"volume", volume},
                                       {"segment", damage.path},
                                       {"first_sequence", damage.first.value},
                                       {"last_sequence", damage.last.value}});
    }
    for (const auto& path : report.damaged_headers) {
        log::error("journal_damaged",
                   {{"volume", volume},
                    {"segment", path},
                    {"message", "its header cannot be read; its frames were read without it"}});
    }
    for (const auto& path : report.unreadable_segments) {
        log::error("journal_damaged",
                   {{"volume", volume},
                    {"segment", path},
                    {"message",
                     "neither its header nor a frame can be read: its rows are lost, how many is "
                     "not known; it is kept as ….damaged"}});
    }
    for (const auto& path : report.damaged_checkpoints)
        log::error("checkpoint_damaged", {{"path", path}});
    for (const auto& path : report.damaged_key_files) log::error("keys_damaged", {{"path", path}});
    for (const auto& damaged : report.damaged_slices) {
        log::error("slice_damaged", {{"volume", volume},
                                     {"slice", to_string(damaged.slice)},
                                     {"sink", damaged.sink ? damaged.sink->value : 0},
                                     {"rows_lost", damaged.rows}});
    }
    for (const auto& file : report.shortened_files) {
        log::error("file_lost_slices", {{"volume", volume},
                                        {"file", to_string(file.file)},
                                        {"sink", file.sink.value},
                                        {"slices", std::uint64_t{file.slices_lost}}});
    }
}

// They cost room and nothing else: no reason not to start.
void LocalVolume::remove_strays() {
    const auto& volume = name();
    const auto removed = [&]() -> Result<std::uint64_t> {
        TRY_ASSIGN(const auto slices, around_.catalog.removed_slices(id()));
        return slices_->remove_strays(slices);
    }();
    if (!removed.ok()) {
        log::warn("strays_not_removed",
                  {{"volume", volume}, {"cause", removed.error().operator_text()}});
    } else if (removed.value() > 0) {
        log::info("strays_removed", {{"volume", volume}, {"files", removed.value()}});
    }
}

journal::JournalEvents LocalVolume::journal_events() {
    const auto& volume = name();
    return {
        .frame_synced =
            [this](const journal::FrameSynced& frame) {
                frame_times_.observe(frame.took);
                frame_rows_.observe(frame.rows);
            },
        .volume_failed =
            [volume](const Error& error) {
                log::error("volume_failed", {{"volume", volume}, {"cause", error.operator_text()}});
            },
        .frame_refused =
            [this, volume](const Error& error) {
                const auto turn = refusals_log_.turn(around_.clock.steady());
                if (!turn) return;
                log::warn(
                    "rows_refused",
                    {{"volume", volume}, {"cause", error.operator_text()}, {"left_out", *turn}});
            },
        .checkpoint_failed =
            [this, volume](const Error& error) {
                const auto turn = checkpoints_log_.turn(around_.clock.steady());
                if (!turn) return;
                log::warn(
                    "checkpoint_failed",
                    {{"volume", volume}, {"cause", error.operator_text()}, {"left_out", *turn}});
            },
        .key_file_trouble =
            [volume](const journal::KeyFileTrouble& trouble) { log_keys(volume, trouble); },
        .answer_recovered =
            [this](const RememberedAnswer& answer) {
                around_.window.restore(answer);
                around_.key_found({.source = answer.request.source,
                                   .volume = id(),
                                   .over_at = answer.expires_at});
            }};
}

void LocalVolume::start(VolumeObserver& observer) {
    journal_->start(observer);
}

void LocalVolume::stop() {
    journal_thread_.stop();
    slices_thread_.stop();
    background_thread_.stop();
}

pipeline::Volume LocalVolume::port() {
    return {.id = id(),
            .name = name(),
            .journal = *journal_,
            .slices = *slices_,
            .has_room = [this] { return watch_.has_room(); },
            .for_each_answer =
                [this](AgeTime now, const pipeline::Volume::OnAnswer& on_answer) {
                    return journal_->for_each_answer(now, on_answer);
                },
            .positions = [this] { return journal_->positions(); }};
}

}  // namespace millrace
