#include "storage/local/slice_files.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "core/base/crc32c.h"
#include "core/ports/atomic_file.h"
#include "storage/local/slice_reader.h"
#include "storage/local/slice_writer.h"

namespace millrace::local {
namespace {

constexpr std::chrono::milliseconds kRetryAfter{1000};
constexpr std::size_t kKeptTimes = 4;                // gather_bytes: a larger buffer is given back
constexpr std::string_view kTemporary = ".csv.tmp";  // of write_atomically(), SliceWriter

std::string name_of(SliceId slice) {
    return to_string(slice) + ".csv";
}

std::uint64_t csv_bytes(const SyncedFrame& frame) {
    std::uint64_t bytes = 0;
    for (const auto& rows : frame.rows) bytes += rows.bytes;
    return bytes;
}

Error volume_failed() {
    return Error(Code::unknown_outcome, "a sync of a slice failed before");
}

}  // namespace

SliceFiles::SliceFiles(Disk& disk, Clock& clock, Executor& executor, Options options,
                       SliceEvents events)
    : disk_(disk),
      clock_(clock),
      executor_(executor),
      options_(std::move(options)),
      events_(std::move(events)),
      tasks_(executor, clock, options_.frames) {}

Result<void> SliceFiles::prepare() {
    return disk_.make_directories(options_.directory);
}

std::string SliceFiles::path_of(SliceId slice) const {
    return fmt::format("{}/{}", options_.directory, name_of(slice));
}

void SliceFiles::write(SyncedFrame frame) {
    const auto bytes = csv_bytes(frame);
    backlog_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    // std::function wants copyable tasks; the rows must not be copied.
    auto shared = std::make_shared<SyncedFrame>(std::move(frame));
    tasks_.post_lazily(
        [this, frame = std::move(shared)] {
            // A failed write was reported and stays gathered; nothing else can fail here.
            static_cast<void>(apply(*frame).ok());
            for (auto& batch : frame->batches) {
                if (batch.reuse) batch.reuse(std::move(batch.csv));
            }
        },
        bytes);
}

void SliceFiles::open_entry(const SliceOpening& opening, const SliceContent& content, bool exists) {
    Entry entry;
    entry.slice = {.opening = opening, .content = content};
    entry.ordinal = opened_++;
    entry.exists = exists;
    const bool inserted = entries_.emplace(opening.slice, std::move(entry)).second;
    check(inserted, "slice {} was opened twice", to_string(opening.slice));
}

Result<void> SliceFiles::apply(const SyncedFrame& frame) {
    for (const auto& opening : frame.openings) {
        if (!entries_.contains(opening.slice)) {
            open_entry(opening, {.first_at = opening.opened_at}, false);
        }
    }
    Result<void> outcome;
    for (const auto& rows : frame.rows) {
        const auto found = entries_.find(rows.slice);
        check(found != entries_.end(), "rows of unknown slice {}", to_string(rows.slice));
        auto& entry = found->second;
        const auto& batch = frame.batches[rows.batch];
        const auto csv = std::string_view(batch.csv).substr(rows.offset, rows.bytes);
        auto& content = entry.slice.content;
        if (content.rows == 0) {
            content.first_at = batch.arrived_at;
            content.first_batch = batch.number;
        }
        content.bytes += csv.size();
        content.rows += rows.rows;
        content.crc = crc32c(content.crc, csv);
        content.last_at = batch.arrived_at;
        content.last_sequence = frame.sequence;
        content.last_batch = batch.number;
        bytes_since_writing_ += csv.size();
        if (entry.gathered.empty() && csv.size() >= options_.gather_bytes) {  // without a copy
            auto written = write(entry, csv);
            if (written.ok()) continue;
            outcome = std::move(written);
            entry.gathered.append(csv);
            continue;
        }
        entry.gathered.append(csv);
        if (entry.gathered.size() < options_.gather_bytes) {
            schedule_writing(options_.gather_time);
            continue;
        }
        auto written = write_gathered(entry);
        if (!written.ok()) outcome = std::move(written);
    }
    if (bytes_since_writing_ >= options_.gather_all_bytes) write_all_gathered();
    return outcome;
}

Result<void> SliceFiles::ensure_open(Entry& entry) {
    if (entry.file != nullptr) return {};
    if (open_files_ >= options_.open_files_max) close_files();
    TRY_ASSIGN(auto file, open_file(entry));
    if (!entry.exists) {
        // Rows of a life before a crash may be in it; the journal gives them again.
        directory_unsynced_ = true;
        TRY(file->truncate(0));
        entry.exists = true;
    }
    entry.file = std::move(file);
    ++open_files_;
    return {};
}

// Those that are open only to save opening them again are the reserve for when descriptors run out.
Result<std::unique_ptr<DiskFile>> SliceFiles::open_file(const Entry& entry) {
    const auto path = path_of(entry.slice.opening.slice);
    auto file = disk_.open(path, Disk::Open::create);
    if (file.ok() || file.error().name() != kNoDescriptors || !close_files()) return file;
    return disk_.open(path, Disk::Open::create);
}

// Returns whether there were any.
bool SliceFiles::close_files() {
    for (auto& [id, entry] : entries_) entry.file.reset();
    return std::exchange(open_files_, 0) > 0;
}

Result<void> SliceFiles::write_gathered(Entry& entry) {
    // A damaged slice that got no more rows is sealed as an empty file: one that is not there could
    // never be uploaded.
    const bool is_missing = entry.sealed && !entry.exists;
    if (entry.gathered.empty() && !is_missing) return {};
    TRY(write(entry, entry.gathered));
    entry.gathered.clear();
    const bool is_large = entry.gathered.capacity() > kKeptTimes * options_.gather_bytes;
    if (is_large) std::string().swap(entry.gathered);  // there are many slices
    return {};
}

// Writes the last rows of the slice, which are not gathered any more where that succeeds. A failure
// is reported, and tried again later.
Result<void> SliceFiles::write(Entry& entry, std::string_view text) {
    const auto written = [&]() -> Result<void> {
        TRY(ensure_open(entry));
        return entry.file->write_at(entry.slice.content.bytes - text.size(),
                                    std::as_bytes(std::span(text.data(), text.size())));
    }();
    if (!written.ok()) {
        if (events_.write_failed) events_.write_failed(entry.slice.opening.slice, written.error());
        schedule_writing(kRetryAfter);
        return written;
    }
    backlog_bytes_.fetch_sub(text.size(), std::memory_order_relaxed);
    entry.unsynced = true;
    return {};
}

void SliceFiles::schedule_writing(std::chrono::milliseconds delay) {
    if (!recovered_) return;  // another thread replays; finish_recovery() writes what is left
    if (std::exchange(writing_scheduled_, true)) return;
    executor_.post_at(clock_.steady() + delay, [this] {
        writing_scheduled_ = false;
        write_all_gathered();
    });
}

void SliceFiles::write_all_gathered() {
    bytes_since_writing_ = 0;
    std::vector<Entry*> to_seal;
    for (auto& [id, entry] : entries_) {
        // A failure was reported and has scheduled the next attempt.
        if (write_gathered(entry).ok() && entry.sealed) to_seal.push_back(&entry);
    }
    for (auto* entry : to_seal) try_seal(*entry);
}

Result<void> SliceFiles::sync(Entry& entry) {
    if (failed_) return volume_failed();
    auto synced = [&]() -> Result<void> {
        if (entry.unsynced) {
            TRY(ensure_open(entry));
            TRY(entry.file->sync_data());
        }
        if (!directory_unsynced_) return {};
        if (directory_ == nullptr) {
            TRY_ASSIGN(directory_, disk_.open_directory(options_.directory));
        }
        return directory_->sync();
    }();
    if (synced.ok()) {
        entry.unsynced = false;
        directory_unsynced_ = false;
        return {};
    }
    if (synced.error().code() == Code::unknown_outcome) {
        failed_ = true;
        if (recovered_ && events_.sync_failed) events_.sync_failed(synced.error());
    }
    return synced;
}

void SliceFiles::seal(SliceId slice, std::function<void(const OpenSlice&)> sealed) {
    tasks_.post([this, slice, sealed = std::move(sealed)] {
        const auto found = entries_.find(slice);
        check(found != entries_.end(), "seal of unknown slice {}", to_string(slice));
        found->second.sealed = sealed;
        try_seal(found->second);
    });
}

void SliceFiles::try_seal(Entry& entry) {
    if (!write_gathered(entry).ok()) return;  // tried again with the next writing
    if (!sync(entry).ok()) {
        if (!failed_) schedule_writing(kRetryAfter);
        return;
    }
    if (entry.file != nullptr) {
        entry.file.reset();
        --open_files_;
    }
    std::exchange(entry.sealed, nullptr)(entry.slice);
}

void SliceFiles::forget(SliceId slice) {
    tasks_.post([this, slice] { entries_.erase(slice); });
}

std::vector<OpenSlice> SliceFiles::slices_in_order() const {
    std::vector<const Entry*> ordered;
    ordered.reserve(entries_.size());
    for (const auto& [id, entry] : entries_) ordered.push_back(&entry);
    std::sort(ordered.begin(), ordered.end(),
              [](const Entry* a, const Entry* b) { return a->ordinal < b->ordinal; });
    std::vector<OpenSlice> slices;
    slices.reserve(ordered.size());
    for (const auto* entry : ordered) slices.push_back(entry->slice);
    return slices;
}

Result<void> SliceFiles::write_and_sync_all() {
    for (auto& [id, entry] : entries_) TRY(write_gathered(entry));
    for (auto& [id, entry] : entries_) TRY(sync(entry));
    return {};
}

void SliceFiles::checkpoint(std::function<void(Result<std::vector<OpenSlice>>)> done) {
    tasks_.post([this, done = std::move(done)] {
        auto durable = write_and_sync_all();
        if (!durable.ok()) {
            done(std::move(durable).error().in("checkpoint of the slices"));
            return;
        }
        done(slices_in_order());
    });
}

Result<void> SliceFiles::restore(const OpenSlice& slice) {
    if (slice.content.bytes == 0) {
        open_entry(slice.opening, slice.content, false);
        return {};
    }
    const auto path = path_of(slice.opening.slice);
    const auto cut = [&]() -> Result<void> {
        TRY_ASSIGN(auto file, disk_.open(path, Disk::Open::existing));
        TRY_ASSIGN(const auto size, file->size());
        if (size < slice.content.bytes) {
            return Error(Code::corrupt, fmt::format("{} has {} bytes, the checkpoint knows of {}",
                                                    path, size, slice.content.bytes));
        }
        return file->truncate(slice.content.bytes);
    }();
    if (cut.ok()) {
        open_entry(slice.opening, slice.content, true);
        entries_.at(slice.opening.slice).unsynced = true;
        return {};
    }
    const bool is_gone = cut.error().code() == Code::not_found;
    if (cut.error().code() != Code::corrupt && !is_gone) return cut;
    if (!is_gone) TRY(disk_.rename(path, path + ".damaged"));
    open_entry(slice.opening, {.first_at = slice.opening.opened_at}, false);
    return Error(Code::corrupt, cut.error().operator_text());
}

Result<void> SliceFiles::replay(const SyncedFrame& frame) {
    backlog_bytes_.fetch_add(csv_bytes(frame), std::memory_order_relaxed);
    return apply(frame);
}

Result<std::vector<OpenSlice>> SliceFiles::finish_recovery() {
    directory_unsynced_ = true;  // files of the life before may be known by name only
    TRY(write_and_sync_all());
    recovered_ = true;
    return slices_in_order();
}

Result<std::uint64_t> SliceFiles::remove_strays(const std::vector<SliceId>& removed) {
    std::unordered_set<std::string> strays;
    for (const auto& slice : removed) {
        if (!entries_.contains(slice)) strays.insert(name_of(slice));
    }
    TRY_ASSIGN(const auto names, disk_.list(options_.directory));
    std::uint64_t count = 0;
    for (const auto& name : names) {
        if (!name.ends_with(kTemporary) && !strays.contains(name)) continue;
        TRY(disk_.remove(fmt::format("{}/{}", options_.directory, name)));
        ++count;
    }
    return count;
}

Result<void> SliceFiles::add_sealed(SliceId slice, std::string_view csv) {
    return write_atomically(disk_, path_of(slice), csv);
}

Result<std::unique_ptr<SliceOutput>> SliceFiles::create_sealed(SliceId slice) {
    return SliceWriter::create(disk_, path_of(slice));
}

Result<std::unique_ptr<ByteSource>> SliceFiles::read(const Slice& slice) {
    auto path = path_of(slice.opening.slice);
    TRY_ASSIGN(auto file, disk_.open(path, Disk::Open::existing));
    return std::unique_ptr<ByteSource>(
        std::make_unique<SliceReader>(std::move(file), std::move(path), slice.content));
}

Result<void> SliceFiles::remove(SliceId slice) {
    auto removed = disk_.remove(path_of(slice));
    if (!removed.ok() && removed.error().code() == Code::not_found) return {};
    return removed;
}

}  // namespace millrace::local
