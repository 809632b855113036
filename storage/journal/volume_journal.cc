#include "storage/journal/volume_journal.h"

#include <algorithm>
#include <utility>

#include "core/base/error_names.h"
#include "core/ports/atomic_file.h"
#include "storage/journal/catalog_age.h"
#include "storage/journal/checkpoint.h"
#include "storage/journal/format.h"
#include "storage/journal/leftovers.h"
#include "storage/journal/position_entry.h"
#include "storage/journal/volume_identity.h"

namespace millrace::journal {
namespace {

constexpr std::string_view kFailedName = "FAILED";
constexpr auto kCheckpointRetry = std::chrono::seconds(1);
constexpr auto kNoteRetry = std::chrono::seconds(1);
constexpr std::size_t kKeptFrameBytes = 2 << 20;  // a larger buffer is given back

// Nothing where the file does not exist.
Result<std::optional<std::string>> read_if_there(Disk& disk, const std::string& path) {
    auto content = read_whole(disk, path);
    if (content.ok()) return std::optional(std::move(content).value());
    if (content.error().code() == Code::not_found) return std::optional<std::string>();
    return std::move(content).error();
}

// Keeps the failure across restarts.
Result<void> note_failure(Disk& disk, const std::string& directory, const Error& error) {
    const auto note = fmt::format(
        "{}\n\nRows that were answered with 503 stream.in.unknownOutcome may or may not be stored. "
        "Check the disk;\n"
        "to go on with what the journal has, delete this file and restart the service.\n",
        error.operator_text());
    return write_atomically(disk, directory + "/" + std::string(kFailedName), note);
}

// What the batch adds to a frame at most.
std::uint64_t frame_bytes_of(const RowBatch& batch) {
    auto bytes = journal::frame_bytes_max(batch.groups.size(), batch.csv.size());
    for (const auto& answer : batch.answers) bytes += answer_bytes(answer);
    for (const auto& position : batch.positions) bytes += position_bytes(position);
    return bytes;
}

Error volume_failed_error(std::string_view reason) {
    return Error(Code::unavailable, std::string(reason)).named(error_names::kInVolumeFailed);
}

// A journal that ends before what was sealed from it is not all of it, nor is one without any
// segment: the newest is never recycled. Where frames are damaged it may end early, and the damage
// is told.
Result<void> refuse_incomplete(Disk& disk, const std::string& directory, const Recovered& recovered,
                               const VolumeRecord& known) {
    TRY_ASSIGN(const auto names, disk.list(directory));
    const bool has_segments = std::any_of(names.begin(), names.end(), [](const std::string& name) {
        return name.find(".segment") != std::string::npos;  // also one that was put aside
    });
    if (recovered.last.value > 0 && !has_segments) {
        return Error(Code::conflict,
                     fmt::format("the journal goes up to frame {}, and its segments are gone; put "
                                 "them back",
                                 recovered.last.value));
    }
    if (recovered.last >= known.sealed || recovered.report.is_journal_damaged()) return {};
    return Error(
        Code::conflict,
        fmt::format("the journal ends at frame {}, but rows up to frame {} were taken from "
                    "it: it is an older copy, or a part of it is missing",
                    recovered.last.value, known.sealed.value));
}

// Begins a life of the volume in the registry, then on its disk, then confirms it. A full disk does
// not take it: then the life is not confirmed, and the volume drains.
Result<VolumeRegistry::Life> begin_life(const VolumeJournal::Surroundings& around,
                                        const VolumeJournal::Options& options,
                                        const Recovered& recovered) {
    const auto& directory = options.volume_directory;
    TRY_ASSIGN(const auto identity, read_identity(around.disk, directory));
    TRY_ASSIGN(const auto life,
               of_catalog(around.registry.begin_life(
                   {.volume = options.volume,
                    .uuid = recovered.volume,
                    .name = options.name.empty() ? options.volume.value : options.name,
                    .directory = directory,
                    .durable = recovered.last_batch,
                    .life = identity.life,
                    .at = around.clock.wall()})));
    const auto written = write_life(around.disk, directory, life.number);
    if (written.ok()) {
        TRY(of_catalog(around.registry.confirm_life(options.volume, life.number)));
    } else if (written.error().code() == Code::unknown_outcome) {
        return written.error();
    }
    return life;
}

// What senders hear of a frame that the disk did not take: to come again.
Error refusal_of(const Error& error) {
    if (error.name() == kNoSpace) {
        return Error(Code::overloaded, "The disk is full; try again later.")
            .named(error_names::kInDiskFull);
    }
    return Error(Code::overloaded, "The disk cannot take rows at the moment; try again.")
        .named(error_names::kInVolumeBusy);
}

// Another volume than is configured, or the catalog: a person must see to it before anything
// starts.
bool is_no_failure_of_the_volume(const Error& error) {
    return error.code() == Code::conflict || error.code() == Code::corrupt ||
           error.name() == kCatalogFailed || error.name() == kCatalogFull;
}

// All of open() that is done on the disk of the volume.
Result<Recovered> recover_volume(const VolumeJournal::Surroundings& around,
                                 const VolumeJournal::Options& options, const JournalEvents& events,
                                 KeyFiles& key_files) {
    auto& disk = around.disk;
    const auto directory = journal_directory(options.volume_directory);
    TRY(disk.make_directories(directory));
    // They cost room and nothing else: no reason not to start.
    static_cast<void>(remove_leftovers(disk, directory).ok());
    TRY_ASSIGN(const auto known, of_catalog(around.registry.find_volume(options.volume)));
    TRY_ASSIGN(const auto id,
               take_identity(disk, around.rng, around.clock.age(), options.volume_directory,
                             known ? known->uuid : std::nullopt));
    TRY_ASSIGN(auto recovered, recover({.disk = disk,
                                        .slices = around.slices,
                                        .catalog = around.catalog,
                                        .losses = around.losses},
                                       {.name = options.volume, .id = id, .directory = directory},
                                       around.clock.wall()));
    recovered.volume = id;
    if (known) {
        TRY(refuse_incomplete(disk, directory, recovered, *known));
        TRY(refuse_old_catalog(options.volume_directory,
                               {.sealed = recovered.sealed, .last = recovered.last}, *known));
        recovered.sealed = std::min(known->sealed, recovered.last);
    }
    if (known && recovered.last < known->sealed) {  // damaged, else it was refused
        // Before the checkpoint: behind that the damage is not found again.
        TRY(of_catalog(around.registry.accept_end(options.volume, recovered.last)));
    }
    // Behind that: without them the next start would miss what was sealed from them.
    for (const auto& path : recovered.report.unreadable_segments) TRY(put_aside(disk, path));
    const auto on_answer = [&, now = around.clock.age()](const RememberedAnswer& answer) {
        if (events.answer_recovered && answer.expires_at > now) events.answer_recovered(answer);
    };
    TRY_ASSIGN(recovered.report.damaged_key_files, key_files.load(around.clock.age(), on_answer));
    TRY(for_each_answer(recovered.answers.bytes, kFormatVersion, on_answer));
    // A damaged slice has begun again: the checkpoint may not call its new rows the old ones.
    if (recovered.report.frames == 0 && recovered.report.damaged_slices.empty()) return recovered;
    TRY(key_files.store(recovered.last, recovered.answers));
    const Checkpoint checkpoint{.sequence = recovered.last,
                                .epoch = recovered.epoch,
                                .last_batch = recovered.last_batch,
                                .slices = recovered.slices,
                                .positions = recovered.positions.all(),
                                .sealed = recovered.sealed};
    TRY(store_checkpoint(disk, directory, checkpoint));
    const auto before = std::exchange(recovered.newest_forgettable, forgettable(checkpoint));
    if (checkpoint.sequence == recovered.report.checkpoint) return recovered;  // in its place
    recovered.previous_checkpoint = recovered.report.checkpoint;
    recovered.previous_forgettable = before;
    return recovered;
}

}  // namespace

Result<std::unique_ptr<VolumeJournal>> VolumeJournal::open(Surroundings around, Options options,
                                                           JournalEvents events,
                                                           const Result<void>& prepared) {
    const auto& directory = options.volume_directory;
    const auto noted = read_if_there(around.disk, directory + "/" + std::string(kFailedName));
    if (noted.ok() && noted.value()) {
        return as_failed(around, std::move(options), std::move(events),
                         volume_failed_error(*noted.value()));
    }
    KeyFiles key_files(around.disk, journal_directory(directory), options.key_files_bytes_max);
    auto opened = !prepared.ok() ? Result<Recovered>(prepared.error())
                  : !noted.ok()  ? Result<Recovered>(noted.error())
                                 : recover_volume(around, options, events, key_files);
    auto begun = opened.ok() ? begin_life(around, options, opened.value())
                             : Result<VolumeRegistry::Life>(opened.error());
    if (!begun.ok()) {
        auto error = std::move(begun).error().in("recover " + directory);
        if (is_no_failure_of_the_volume(error)) return error;
        if (error.code() == Code::unknown_outcome) {
            // Best effort: a disk that cannot take this note will show its fault again.
            static_cast<void>(note_failure(around.disk, directory, error).ok());
        }
        const std::string_view remedy =
            error.name() == kNoSpace ? "; make room on its disk, and restart" : "";
        return as_failed(around, std::move(options), std::move(events),
                         volume_failed_error(error.operator_text() + std::string(remedy)));
    }
    auto recovered = std::move(opened).value();
    recovered.last_batch = begun.value().last_batch;
    return std::unique_ptr<VolumeJournal>(new VolumeJournal(
        around, std::move(options), std::move(events), std::move(recovered), std::move(key_files)));
}

// With nothing of what the volume has: what recovery may have found is not what it has for sure.
std::unique_ptr<VolumeJournal> VolumeJournal::as_failed(Surroundings around, Options options,
                                                        JournalEvents events, Error failure) {
    KeyFiles none(around.disk, journal_directory(options.volume_directory),
                  options.key_files_bytes_max);
    auto journal = std::unique_ptr<VolumeJournal>(new VolumeJournal(
        around, std::move(options), std::move(events), Recovered{}, std::move(none)));
    journal->failure_.with([&](auto& kept) { kept = std::move(failure); });
    journal->failed_ = true;
    journal->recovered_ = false;
    return journal;
}

VolumeJournal::VolumeJournal(Surroundings around, Options options, JournalEvents events,
                             Recovered recovered, KeyFiles key_files)
    : around_(around),
      options_(std::move(options)),
      events_(std::move(events)),
      epoch_(recovered.epoch),
      report_(std::move(recovered.report)),
      closed_by_recovery_(std::move(recovered.closed_files)),
      sealed_by_recovery_(std::move(recovered.sealing)),
      tasks_(around.executor, around.clock, options_.patience),
      queue_(Queue{.items = {}, .bytes = 0, .newest = recovered.last_batch}),
      binder_(Binder(around.rng, options_.volume)),
      positions_(std::move(recovered.positions)),
      durable_batch_(recovered.last_batch.value),
      writer_(around.disk, around.rng, around.background,
              {.directory = journal_directory(options_.volume_directory),
               .segment_bytes = options_.segment_bytes,
               .volume = recovered.volume,
               .epoch = recovered.epoch,
               .next_segment = recovered.next_segment,
               .used = std::move(recovered.segments),
               .kept_free_bytes = options_.kept_free_bytes}),
      last_(recovered.last),
      previous_checkpoint_(recovered.previous_checkpoint),
      newest_checkpoint_(recovered.last),
      previous_forgettable_(recovered.previous_forgettable),
      newest_forgettable_(recovered.newest_forgettable),
      key_files_(std::move(key_files)) {
    binder_.with([&](Binder& binder) {
        binder.begin_after(recovered.newest_id);
        for (const auto& file : recovered.files) binder.restore(file);
        for (const auto& slice : recovered.slices) {
            binder.begin_after(slice.opening);
            const auto& sealing = sealed_by_recovery_;
            if (std::find(sealing.begin(), sealing.end(), slice.opening.slice) == sealing.end())
                continue;
            binder.restore_sealing(slice);
        }
    });
    writer_.recycle(previous_checkpoint_);
}

void VolumeJournal::start(VolumeObserver& observer) {
    enqueue([this, &observer] {
        observer_ = &observer;
        position_observer_ = dynamic_cast<PositionObserver*>(&observer);
        if (failed_) return;
        writer_.prepare_spare();
        for (const auto slice : std::exchange(sealed_by_recovery_, {})) seal(slice);
        for (const auto& file : std::exchange(closed_by_recovery_, {}))
            observer_->file_closed(file);
    });
}

Result<Ticket> VolumeJournal::submit(RowBatch&& batch) {
    if (failed_.load(std::memory_order_acquire)) return health().error();
    const auto bytes = frame_bytes_of(batch);
    if (bytes > writer_.frame_bytes_max()) {
        return Error(Code::too_large, fmt::format("{} bytes of rows do not fit in a frame", bytes));
    }
    const bool behind = distance_bytes() + bytes > options_.distance_bytes_max ||
                        around_.slices.backlog_bytes() > options_.backlog_bytes_max;
    const bool may_wait = batch.may_wait;
    const auto number = queue_.with([&](Queue& queue) {
        if (behind || !queue.takes_rows || queue.bytes + bytes > options_.queue_bytes_max)
            return BatchNumber();
        batch.number = BatchNumber(++queue.newest.value);
        queue.items.push_back(std::move(batch));
        queue.bytes += bytes;
        return queue.newest;
    });
    if (number == BatchNumber()) {
        return Error(Code::overloaded, "The disk does not keep up; try again.")
            .named(error_names::kInVolumeBusy);
    }
    if (may_wait) {
        tasks_.post_lazily([this] { run(); }, bytes);
    } else {
        tasks_.post([this] { run(); });
    }
    return Ticket{.volume = options_.volume, .batch = number};
}

BatchState VolumeJournal::state_of(const Ticket& ticket) const {
    if (ticket.batch.value <= durable_batch_.load(std::memory_order_acquire))
        return BatchState::durable;
    return failed_.load(std::memory_order_acquire) ? BatchState::unknown : BatchState::waiting;
}

std::uint64_t VolumeJournal::waiting_bytes() const {
    return queue_.with([](const Queue& queue) { return queue.bytes; });
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

// A frame in doubt may hold newer ones: of a volume that has failed none is known.
Result<std::vector<SourcePosition>> VolumeJournal::positions_of(const Fingerprint& source) const {
    auto positions = positions_.with([&](const Positions& newest) { return newest.of(source); });
    TRY(health());  // after they were read
    return positions;
}

std::vector<SourcePosition> VolumeJournal::positions() const {
    return positions_.with([](const Positions& newest) { return newest.all(); });
}

std::vector<VolumeId> VolumeJournal::unknown_volumes() const {
    if (recovered_) return {};
    return {options_.volume};
}

void VolumeJournal::slice_recorded(SliceId slice) {
    binder_.with([&](Binder& binder) { binder.recorded(slice); });
    around_.slices.forget(slice);
}

// On a failed volume nothing is closed or checkpointed: the frame in doubt may hold rows of any
// open slice. Recovery will tell once a person has accepted the failure.

void VolumeJournal::close_slice(SliceId slice) {
    enqueue([this, slice] {
        if (failed_) return;
        if (binder_.with([&](Binder& binder) { return binder.close_slice(slice); })) seal(slice);
    });
}

void VolumeJournal::close_file(FileId id) {
    enqueue([this, id] {
        if (failed_) return;
        const auto file = binder_.with([&](Binder& binder) { return binder.close_file(id); });
        if (file) finish_file(*file);
    });
}

void VolumeJournal::close_versions(SinkNumber sink, MappingVersion below,
                                   std::function<void()> done) {
    enqueue([this, sink, below, done = std::move(done)] {
        if (!failed_) {
            const auto files =
                binder_.with([&](Binder& binder) { return binder.close_versions(sink, below); });
            for (const auto& file : files) finish_file(file);
        }
        done();
    });
}

void VolumeJournal::take_no_more() {
    queue_.with([](Queue& queue) { queue.takes_rows = false; });
}

Result<void> VolumeJournal::for_each_answer(
    AgeTime now, const std::function<void(const RememberedAnswer&)>& on_answer) {
    KeyFiles files(around_.disk, journal_directory(options_.volume_directory),
                   options_.key_files_bytes_max);
    const auto damaged = files.load(now, on_answer);
    if (damaged.ok()) return {};
    return damaged.error();
}

void VolumeJournal::checkpoint(std::function<void(const Result<void>&)> done) {
    enqueue([this, done = std::move(done)] {
        checkpoint_waiters_.push_back(done);
        begin_checkpoint();
    });
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
    note(error);
    if (events_.volume_failed) events_.volume_failed(error);
}

// Until it is there: a disk may be full, or descriptors be out, and a life after this one would
// take the volume for whole.
void VolumeJournal::note(const Error& error) {
    if (note_failure(around_.disk, options_.volume_directory, error).ok()) return;
    around_.executor.post_at(around_.clock.steady() + kNoteRetry, [this, error] { note(error); });
}

void VolumeJournal::enqueue(Command command) {
    queue_.with([&](Queue& queue) { queue.items.push_back(std::move(command)); });
    tasks_.post([this] { run(); });
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
}

void VolumeJournal::gather(RowBatch batch) {
    const auto bytes = frame_bytes_of(batch);
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
    if (!written.ok()) return refuse_gathered(written.error());
    auto frame = std::move(written).value();
    binder_.with([](Binder& binder) { binder.keep(); });
    last_ = frame.sequence;
    durable_batch_.store(gathered_.back().number.value, std::memory_order_release);
    distance_bytes_.store(writer_.written_bytes() - checkpointed_bytes_, std::memory_order_relaxed);
    FrameSynced event{.took = around_.clock.steady() - begun};
    for (const auto& rows : frame.rows) {
        event.rows += rows.rows;
        event.bytes += rows.bytes;
    }
    if (events_.frame_synced) events_.frame_synced(event);
    frame.batches = std::exchange(gathered_, {});
    answers_.add(frame_answers_);
    note_positions(frame.batches);
    for (auto& batch : frame.batches) {
        batch.done({});
        batch.answers = {};  // the slices have no use for them
        batch.positions = {};
    }
    around_.slices.write(std::move(frame));
    if (distance_bytes() >= options_.checkpoint_bytes && !checkpoint_retry_waits_)
        begin_checkpoint();
}

// Their frame is durable.
void VolumeJournal::note_positions(const std::vector<RowBatch>& batches) {
    for (const auto& batch : batches) {
        if (batch.positions.empty()) continue;
        for (const auto& group : batch.groups) {
            read_by_[group.sink.sink] = batch.positions.front().source;
        }
        positions_.with([&](Positions& newest) {
            for (const auto& position : batch.positions) newest.add(position);
        });
    }
}

// The frame of what was gathered failed.
void VolumeJournal::refuse_gathered(const Error& error) {
    binder_.with([](Binder& binder) { binder.undo(); });
    Result<void> outcome = error;
    if (error.code() == Code::unknown_outcome) {
        fail(error);
    } else if (!failed_) {
        outcome = refusal_of(error);
        if (events_.frame_refused) events_.frame_refused(error);
        if (observer_ != nullptr) {
            observer_->batches_lost(options_.volume, gathered_.front().number,
                                    gathered_.back().number);
        }
    }
    for (auto& batch : std::exchange(gathered_, {})) batch.done(outcome);
}

Result<SyncedFrame> VolumeJournal::write_frame(Sequence sequence) {
    // Room first: once rows are bound to slices, only a failure of the whole volume may keep them
    // out.
    TRY(writer_.reserve(sequence, gathered_bytes_));
    SyncedFrame synced{.sequence = sequence, .openings = {}, .batches = {}, .rows = {}};
    begin_frame(frame_);
    frame_answers_.clear();
    binder_.with([&](Binder& binder) {
        for (std::size_t i = 0; i < gathered_.size(); ++i) {
            const auto& batch = gathered_[i];
            put_batch(frame_, batch.number);
            std::uint64_t offset = 0;
            for (const auto& group : batch.groups) {
                std::optional<SliceOpening> opened;
                const auto slice = binder.bind(group,
                                               {.at = batch.arrived_at,
                                                .age = batch.age,
                                                .frame = sequence,
                                                .batch = batch.number},
                                               opened);
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
            check(offset == batch.csv.size(), "groups of {} bytes in a batch of {}", offset,
                  batch.csv.size());
        }
    });
    for (const auto& batch : gathered_) {
        for (const auto& answer : batch.answers) frame_answers_.add(answer);
        for (const auto& position : batch.positions) put_position(frame_, position);
    }
    frame_ += frame_answers_.bytes;
    const auto written = writer_.write(sequence, frame_, [this] {
        for (const auto& batch : gathered_) {
            if (batch.written) batch.written();
        }
    });
    if (frame_.capacity() > kKeptFrameBytes) std::string().swap(frame_);
    TRY(written);
    return synced;
}

void VolumeJournal::seal(SliceId slice) {
    check(observer_ != nullptr, "a slice is sealed before start()");
    around_.slices.seal(
        slice, [observer = observer_](const OpenSlice& sealed) { observer->slice_sealed(sealed); });
}

void VolumeJournal::finish_file(const OpenFile& file) {
    if (file.slice) seal(file.slice->opening.slice);
    tell_covered(file);
    observer_->file_closed(file);
}

// Every frame in front of the end of the file is durable, so what is read from there on is in other
// files.
void VolumeJournal::tell_covered(const OpenFile& file) {
    if (position_observer_ == nullptr) return;
    const auto sink = file.sink.sink;
    const auto source = read_by_.find(sink);
    if (source == read_by_.end()) return;  // it was not read by itself, or not since the start
    const bool has_other =
        binder_.with([&](const Binder& binder) { return binder.has_open_file(sink); });
    if (has_other) return;
    position_observer_->file_covers({.file = file.id,
                                     .sink = sink,
                                     .source = source->second,
                                     .positions = positions_.with([&](const Positions& newest) {
                                         return newest.of(source->second);
                                     })});
}

void VolumeJournal::begin_checkpoint() {
    if (failed_) {
        // The slices may hold less than the journal, or a recovery that came to no end.
        for (const auto& waiter : std::exchange(checkpoint_waiters_, {})) waiter(health());
        return;
    }
    if (std::exchange(checkpoint_running_, true)) return;
    // The store has been given every frame up to last_, and nothing beyond.
    NewCheckpoint made{
        .sequence = last_,
        .last_batch = BatchNumber(durable_batch_),
        .written_bytes = writer_.written_bytes(),
        .forgettable = {},
        .answers = std::make_shared<const AnswerEntries>(std::exchange(answers_, {})),
        .positions = positions()};
    around_.slices.checkpoint([this, made](Result<std::vector<OpenSlice>> slices) mutable {
        auto stored = store(made, std::move(slices));
        around_.executor.post(
            [this, made, stored = std::move(stored)] { finish_checkpoint(stored, made); });
    });
}

// On the thread of the slices.
Result<void> VolumeJournal::store(NewCheckpoint& made, Result<std::vector<OpenSlice>> slices) {
    TRY_ASSIGN(auto content, std::move(slices));
    // Without it an old catalog may not be noticed, which is no reason for more frames.
    const auto known = around_.registry.find_volume(options_.volume);
    TRY(key_files_.store(made.sequence,
                         *made.answers));  // first: their frames may go after the checkpoint
    const Checkpoint checkpoint{
        .sequence = made.sequence,
        .epoch = epoch_,
        .last_batch = made.last_batch,
        .slices = std::move(content),
        .positions = std::move(made.positions),
        .sealed = known.ok() && known.value() ? known.value()->sealed : Sequence()};
    made.forgettable = forgettable(checkpoint);
    TRY(store_checkpoint(around_.disk, journal_directory(options_.volume_directory), checkpoint));
    // Whatever becomes of the old files: the checkpoint is durable.
    key_files_.remove_old(around_.clock.age(), [this](const KeyFileTrouble& trouble) {
        if (events_.key_file_trouble) events_.key_file_trouble(trouble);
    });
    return {};
}

void VolumeJournal::finish_checkpoint(const Result<void>& stored, const NewCheckpoint& made) {
    checkpoint_running_ = false;
    for (const auto& waiter : std::exchange(checkpoint_waiters_, {})) waiter(stored);
    if (!stored.ok()) {
        auto answers = *made.answers;  // the next one writes them too
        answers.add(answers_);
        answers_ = std::move(answers);
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
    if (observer_ == nullptr) return;  // the start of the node came to no end: its stop asked
    observer_->checkpointed(options_.volume, std::min(previous_forgettable_, newest_forgettable_));
}

}  // namespace millrace::journal
