#include "storage/journal/volume_journal.h"

#include <algorithm>
#include <utility>

#include "core/ports/atomic_file.h"
#include "storage/journal/checkpoint.h"
#include "storage/journal/format.h"

namespace millrace::journal {
namespace {

constexpr std::string_view kFailedName = "FAILED";
constexpr std::string_view kVolumeIdName = "volume-id";
constexpr auto kCheckpointRetry = std::chrono::seconds(1);

std::string journal_directory(const std::string& volume) { return volume + "/journal"; }

// Nothing where the file does not exist.
Result<std::optional<std::string>> read_if_there(Disk& disk, const std::string& path) {
    auto content = read_whole(disk, path);
    if (content.ok()) return std::optional(std::move(content).value());
    if (content.error().code() == Code::not_found) return std::optional<std::string>();
    return std::move(content).error();
}

// The id of the volume; made once.
Result<Uuid> volume_id(Disk& disk, Rng& rng, WallTime now, const std::string& directory) {
    TRY_ASSIGN(const auto text, read_if_there(disk, directory + "/" + std::string(kVolumeIdName)));
    if (text) {
        const auto id = parse_uuid(std::string_view(*text).substr(0, 36));
        if (!id) return Error(Code::corrupt, fmt::format("{}/{} is no id", directory, kVolumeIdName));
        return *id;
    }
    TRY_ASSIGN(const auto names, disk.list(journal_directory(directory)));
    for (const auto& name : names) {
        if (!name.ends_with(".segment")) continue;
        return Error(Code::corrupt, fmt::format("{} has a journal but no {}; put it back from a backup",
                                                directory, kVolumeIdName));
    }
    const auto id = rng.uuid_v7(now);
    TRY(write_atomically(disk, directory + "/" + std::string(kVolumeIdName), to_string(id) + "\n"));
    return id;
}

// Keeps the failure across restarts.
void note_failure(Disk& disk, const std::string& directory, const Error& error) {
    const auto note = fmt::format(
        "{}\n\nRows that were answered with 503 stream.in.unknownOutcome may or may not be stored. Check the disk;\n"
        "to go on with what the journal has, delete this file and restart the service.\n",
        error.operator_text());
    // Best effort: a disk that cannot take this note will show its fault again.
    static_cast<void>(write_atomically(disk, directory + "/" + std::string(kFailedName), note).ok());
}

Error volume_failed_error(std::string_view reason) {
    return Error(Code::unavailable, std::string(reason)).named("stream.in.volumeFailed");
}

}  // namespace

Result<std::unique_ptr<VolumeJournal>> VolumeJournal::open(Surroundings around, Options options,
                                                           JournalEvents events) {
    auto& disk = around.disk;
    const auto directory = journal_directory(options.volume_directory);
    TRY(disk.make_directories(directory));
    TRY_ASSIGN(const auto failed,
               read_if_there(disk, options.volume_directory + "/" + std::string(kFailedName)));
    if (failed) {
        auto journal = std::unique_ptr<VolumeJournal>(
            new VolumeJournal(around, std::move(options), std::move(events), Recovered{}));
        journal->failure_.with([&](auto& failure) { failure = volume_failed_error(*failed); });
        journal->failed_ = true;
        return journal;
    }

    TRY_ASSIGN(const auto id, volume_id(disk, around.rng, around.clock.wall(), options.volume_directory));
    auto replayed = recover(disk, directory, id, around.slices, around.catalog);
    if (!replayed.ok()) {
        if (replayed.error().code() == Code::unknown_outcome) {
            note_failure(disk, options.volume_directory, replayed.error());
        }
        return std::move(replayed).error().in("recover " + options.volume_directory);
    }
    auto recovered = std::move(replayed).value();
    if (recovered.report.frames > 0) {
        const Checkpoint checkpoint{
            .sequence = recovered.last, .epoch = recovered.epoch, .slices = recovered.slices};
        TRY(store_checkpoint(disk, directory, checkpoint));
        recovered.previous_checkpoint = recovered.report.checkpoint;
        recovered.previous_forgettable = std::exchange(recovered.newest_forgettable, forgettable(checkpoint));
    }
    recovered.volume = id;
    return std::unique_ptr<VolumeJournal>(
        new VolumeJournal(around, std::move(options), std::move(events), std::move(recovered)));
}

VolumeJournal::VolumeJournal(Surroundings around, Options options, JournalEvents events, Recovered recovered)
    : around_(around),
      options_(std::move(options)),
      events_(std::move(events)),
      epoch_(recovered.epoch),
      report_(std::move(recovered.report)),
      closed_by_recovery_(std::move(recovered.closed_files)),
      sealed_by_recovery_(std::move(recovered.sealing)),
      binder_(Binder(around.rng)),
      writer_(around.disk, around.rng, around.background,
              {.directory = journal_directory(options_.volume_directory),
               .segment_bytes = options_.segment_bytes,
               .volume = recovered.volume,
               .epoch = recovered.epoch,
               .next_segment = recovered.next_segment,
               .used = std::move(recovered.segments)}),
      last_(recovered.last),
      previous_checkpoint_(recovered.previous_checkpoint),
      newest_checkpoint_(recovered.last),
      previous_forgettable_(recovered.previous_forgettable),
      newest_forgettable_(recovered.newest_forgettable) {
    binder_.with([&](Binder& binder) {
        for (const auto& file : recovered.files) binder.restore(file);
        for (const auto& slice : recovered.slices) {
            binder.begin_after(slice.opening);
            const auto& sealing = sealed_by_recovery_;
            if (std::find(sealing.begin(), sealing.end(), slice.opening.slice) == sealing.end()) continue;
            binder.restore_sealing(slice);
        }
    });
    writer_.recycle(previous_checkpoint_);
}

void VolumeJournal::start(VolumeObserver& observer) {
    observer_ = &observer;
    enqueue(Command([this] {
                if (failed_) return;
                writer_.prepare_spare();
                for (const auto slice : std::exchange(sealed_by_recovery_, {})) seal(slice);
                for (const auto& file : std::exchange(closed_by_recovery_, {})) observer_->file_closed(file);
            }),
            0);
}

Result<void> VolumeJournal::submit(RowBatch&& batch) {
    if (failed_.load(std::memory_order_acquire)) return health();
    const auto bytes = journal::frame_bytes_max(batch.groups.size(), batch.csv.size());
    if (bytes > writer_.frame_bytes_max()) {
        return Error(Code::too_large, fmt::format("{} bytes of rows do not fit in a frame", bytes));
    }
    const bool full = distance_bytes() + bytes > options_.distance_bytes_max ||
                      around_.slices.backlog_bytes() > options_.backlog_bytes_max ||
                      queue_.with([&](Queue& queue) { return queue.bytes + bytes > options_.queue_bytes_max; });
    if (full) {
        return Error(Code::overloaded, "The disk does not keep up; try again.").named("stream.in.volumeBusy");
    }
    enqueue(std::move(batch), bytes);
    return {};
}

std::uint64_t VolumeJournal::batch_bytes_max() const {
    constexpr std::uint64_t kForEntries = 256 << 10;
    return writer_.frame_bytes_max() - kForEntries;
}

std::vector<OpenFile> VolumeJournal::open_files() const {
    return binder_.with([](const Binder& binder) { return binder.open_files(); });
}

std::vector<OpenSlice> VolumeJournal::local_slices() const {
    return binder_.with([](const Binder& binder) { return binder.local_slices(); });
}

void VolumeJournal::slice_recorded(SliceId slice) {
    binder_.with([&](Binder& binder) { binder.recorded(slice); });
    around_.slices.forget(slice);
}

// On a failed volume nothing is closed: the frame in doubt may hold rows of any open slice. Recovery will
// tell once a person has accepted the failure.

void VolumeJournal::close_slice(SliceId slice) {
    enqueue(Command([this, slice] {
                if (failed_) return;
                if (binder_.with([&](Binder& binder) { return binder.close_slice(slice); })) seal(slice);
            }),
            0);
}

void VolumeJournal::close_file(FileId id) {
    enqueue(Command([this, id] {
                if (failed_) return;
                const auto file = binder_.with([&](Binder& binder) { return binder.close_file(id); });
                if (file) finish_file(*file);
            }),
            0);
}

void VolumeJournal::close_versions(SinkNumber sink, MappingVersion below, std::function<void()> done) {
    enqueue(Command([this, sink, below, done = std::move(done)] {
                if (!failed_) {
                    const auto files =
                        binder_.with([&](Binder& binder) { return binder.close_versions(sink, below); });
                    for (const auto& file : files) finish_file(file);
                }
                done();
            }),
            0);
}

void VolumeJournal::checkpoint(std::function<void(const Result<void>&)> done) {
    enqueue(Command([this, done = std::move(done)] {
                checkpoint_waiters_.push_back(done);
                begin_checkpoint();
            }),
            0);
}

Result<void> VolumeJournal::health() const {
    return failure_.with([](const std::optional<Error>& failure) -> Result<void> {
        if (failure) return *failure;
        return {};
    });
}

void VolumeJournal::fail(const Error& error) {
    const bool first = failure_.with([&](std::optional<Error>& failure) {
        if (failure) return false;
        failure = volume_failed_error(error.operator_text());
        return true;
    });
    if (!first) return;
    failed_.store(true, std::memory_order_release);
    note_failure(around_.disk, options_.volume_directory, error);
    if (events_.volume_failed) events_.volume_failed(error);
}

void VolumeJournal::enqueue(std::variant<RowBatch, Command> item, std::uint64_t bytes) {
    const bool wake = queue_.with([&](Queue& queue) {
        queue.items.push_back(std::move(item));
        queue.bytes += bytes;
        return !std::exchange(queue.scheduled, true);
    });
    if (wake) around_.executor.post([this] { run(); });
}

void VolumeJournal::run() {
    auto items = queue_.with([](Queue& queue) {
        queue.bytes = 0;
        return std::exchange(queue.items, {});
    });
    for (auto& item : items) {
        if (auto* batch = std::get_if<RowBatch>(&item)) {
            gather(std::move(*batch));
        } else {
            commit();  // commands act in queue order
            std::get<Command>(item)();
        }
    }
    commit();
    const bool again = queue_.with([](Queue& queue) {
        queue.scheduled = !queue.items.empty();
        return queue.scheduled;
    });
    if (again) around_.executor.post([this] { run(); });
}

void VolumeJournal::gather(RowBatch batch) {
    const auto bytes = journal::frame_bytes_max(batch.groups.size(), batch.csv.size());
    if (gathered_bytes_ + bytes > writer_.frame_bytes_max()) commit();
    gathered_.push_back(std::move(batch));
    gathered_bytes_ += bytes;
}

void VolumeJournal::commit() {
    if (gathered_.empty()) return;
    const auto begun = around_.clock.steady();
    auto written = failed_.load(std::memory_order_acquire) ? Result<SyncedFrame>(health().error())
                                                           : write_frame(Sequence(last_.value + 1));
    gathered_bytes_ = 0;
    if (!written.ok()) {
        const Result<void> failure = written.error();
        binder_.with([](Binder& binder) { binder.undo(); });
        if (written.error().code() == Code::unknown_outcome) fail(written.error());
        for (auto& batch : std::exchange(gathered_, {})) batch.done(failure);
        return;
    }
    auto frame = std::move(written).value();
    binder_.with([](Binder& binder) { binder.keep(); });
    last_ = frame.sequence;
    distance_bytes_.store(writer_.written_bytes() - checkpointed_bytes_, std::memory_order_relaxed);
    FrameSynced event{.took = around_.clock.steady() - begun};
    for (const auto& rows : frame.rows) {
        event.rows += rows.rows;
        event.bytes += rows.bytes;
    }
    frame.batches = std::exchange(gathered_, {});
    for (auto& batch : frame.batches) batch.done({});
    around_.slices.write(std::move(frame));
    if (events_.frame_synced) events_.frame_synced(event);
    if (distance_bytes() >= options_.checkpoint_bytes && !checkpoint_retry_waits_) begin_checkpoint();
}

Result<SyncedFrame> VolumeJournal::write_frame(Sequence sequence) {
    // Room first: once rows are bound to slices, only a failure of the whole volume may keep them out.
    TRY(writer_.reserve(sequence, gathered_bytes_));
    SyncedFrame synced{.sequence = sequence, .openings = {}, .batches = {}, .rows = {}};
    begin_frame(frame_);
    binder_.with([&](Binder& binder) {
        for (std::size_t i = 0; i < gathered_.size(); ++i) {
            const auto& batch = gathered_[i];
            std::uint64_t offset = 0;
            for (const auto& group : batch.groups) {
                std::optional<SliceOpening> opened;
                const auto slice = binder.bind(group, batch.arrived_at, sequence, opened);
                if (opened) {
                    put_opening(frame_, *opened);
                    synced.openings.push_back(*opened);
                }
                put_rows(frame_, slice, group.rows, batch.arrived_at,
                         std::string_view(batch.csv).substr(offset, group.bytes));
                synced.rows.push_back({.slice = slice,
                                       .batch = static_cast<std::uint32_t>(i),
                                       .rows = group.rows,
                                       .offset = offset,
                                       .bytes = group.bytes});
                offset += group.bytes;
            }
            check(offset == batch.csv.size(), "groups of {} bytes in a batch of {}", offset, batch.csv.size());
        }
    });
    TRY(writer_.write(sequence, frame_));
    return synced;
}

void VolumeJournal::seal(SliceId slice) {
    check(observer_ != nullptr, "a slice is sealed before start()");
    around_.slices.seal(slice, [this](const OpenSlice& sealed) { observer_->slice_sealed(sealed); });
}

void VolumeJournal::finish_file(const OpenFile& file) {
    if (file.slice) seal(file.slice->opening.slice);
    observer_->file_closed(file);
}

void VolumeJournal::begin_checkpoint() {
    if (std::exchange(checkpoint_running_, true)) return;
    // The store has been given every frame up to last_, and nothing beyond.
    NewCheckpoint made{.sequence = last_, .written_bytes = writer_.written_bytes(), .forgettable = {}};
    around_.slices.checkpoint([this, made](Result<std::vector<OpenSlice>> slices) mutable {
        auto stored = [&]() -> Result<void> {
            TRY_ASSIGN(auto content, std::move(slices));
            const Checkpoint checkpoint{
                .sequence = made.sequence, .epoch = epoch_, .slices = std::move(content)};
            made.forgettable = forgettable(checkpoint);
            return store_checkpoint(around_.disk, journal_directory(options_.volume_directory), checkpoint);
        }();
        around_.executor.post(
            [this, made, stored = std::move(stored)] { finish_checkpoint(stored, made); });
    });
}

void VolumeJournal::finish_checkpoint(const Result<void>& stored, const NewCheckpoint& made) {
    checkpoint_running_ = false;
    for (const auto& waiter : std::exchange(checkpoint_waiters_, {})) waiter(stored);
    if (!stored.ok()) {
        if (events_.checkpoint_failed) events_.checkpoint_failed(stored.error());
        if (stored.error().code() == Code::unknown_outcome) {
            fail(stored.error());
            return;
        }
        if (std::exchange(checkpoint_retry_waits_, true)) return;
        around_.executor.post_at(around_.clock.steady() + kCheckpointRetry, [this] {
            checkpoint_retry_waits_ = false;
            begin_checkpoint();
        });
        return;
    }
    if (made.sequence != newest_checkpoint_) {
        previous_checkpoint_ = std::exchange(newest_checkpoint_, made.sequence);
        previous_forgettable_ = newest_forgettable_;
    }
    newest_forgettable_ = made.forgettable;
    checkpointed_bytes_ = made.written_bytes;
    distance_bytes_.store(writer_.written_bytes() - checkpointed_bytes_, std::memory_order_relaxed);
    writer_.recycle(previous_checkpoint_);
    observer_->checkpointed(std::min(previous_forgettable_, newest_forgettable_));
}

}  // namespace millrace::journal
