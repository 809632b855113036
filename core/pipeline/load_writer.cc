#include "core/pipeline/load_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/crc32c.h"
#include "core/base/error_names.h"
#include "core/ports/disk.h"

namespace millrace::pipeline {
namespace {

constexpr std::uint32_t kRemovedAtOnce = 1000;
constexpr std::size_t kWaitingPieces = 8;

// Rows of a load are imported in the order of the ids of its slices.
Uuid behind(Uuid id) {
    for (auto byte = id.bytes.rbegin(); byte != id.bytes.rend(); ++byte) {
        if (++*byte != 0) break;
    }
    return id;
}

Error explained(Error cause) {
    if (cause.name() != kNoSpace || cause.code() == Code::unknown_outcome) return cause;
    return Error(Code::overloaded, "The disk is full; the load is aborted, try again later.")
        .named(error_names::kInDiskFull)
        .in(cause.operator_text());
}

}  // namespace

Result<void> remove_leftover_parts(LoadCatalog& loads, SealedSlices& slices, bool of_writers) {
    std::optional<Error> failure;
    for (SliceId after;;) {
        TRY_ASSIGN(const auto parts, loads.leftover_parts(of_writers, after, kRemovedAtOnce));
        for (const auto& part : parts) {
            if (!slices.is_here(part.volume)) continue;
            auto removed = slices.remove(part);
            if (removed.ok()) removed = loads.forget_part(part.slice);
            if (!removed.ok() && !failure) failure = std::move(removed).error();
        }
        if (parts.size() < kRemovedAtOnce) break;
        after = parts.back().slice;
    }
    if (failure) return std::move(*failure);
    return {};
}

LoadWriter::LoadWriter(const LoadStores& stores, Load load,
                       const std::optional<SliceHeader>& header, const LoadLimits& limits,
                       WorkPool* pool)
    : stores_(stores),
      limits_(limits),
      header_(header ? render_slice_header(*header) : ""),
      load_(std::move(load)) {
    if (pool == nullptr) return;
    behind_.emplace(*pool, kWaitingPieces,
                    [this](const RowPiece& piece) { return write_piece(piece); });
}

LoadWriter::~LoadWriter() {
    abort("it was not written to its end");
}

LocalSlice LoadWriter::local(const Part& part) const {
    return {.volume = load_.volume, .slice = part.slice};
}

Result<void> LoadWriter::append(std::string_view csv, std::uint64_t rows, WallTime at) {
    check(!finished_, "rows for a load that is finished");
    if (failure_) return *failure_;
    if (rows == 0) return {};
    gathered_.first_at = gathered_.rows == 0 ? at : std::min(gathered_.first_at, at);
    gathered_.last_at = gathered_.rows == 0 ? at : std::max(gathered_.last_at, at);
    gathered_.csv += csv;
    gathered_.rows += rows;
    const bool are_many =
        gathered_.csv.size() >= limits_.gather_bytes || gathered_.rows >= limits_.gather_rows;
    if (!are_many) return {};
    auto handed_on = hand_on();
    if (!handed_on.ok()) return fail(std::move(handed_on).error());
    return {};
}

Result<void> LoadWriter::sync() {
    check(!finished_, "a sync of a load that is finished");
    if (failure_) return *failure_;
    auto synced = sync_part();
    if (!synced.ok()) return fail(std::move(synced).error());
    return {};
}

Result<void> LoadWriter::sync_part() {
    TRY(write_all());
    return part_ ? part_->file->sync() : Result<void>();
}

Result<void> LoadWriter::hand_on() {
    if (!behind_) return write_gathered();
    TRY(behind_->give(std::exchange(gathered_, {})));
    gathered_.csv = behind_->buffer();
    return {};
}

// The last rows on this thread: a small load has no others.
Result<void> LoadWriter::write_all() {
    if (behind_) TRY(behind_->drain());
    return write_gathered();
}

Result<void> LoadWriter::write_gathered() {
    if (gathered_.rows == 0) return {};
    TRY(write_piece(gathered_));
    gathered_.csv.clear();
    gathered_.rows = 0;
    return {};
}

Result<void> LoadWriter::write_piece(const RowPiece& piece) {
    TRY(stores_.has_room(load_.volume));
    if (!part_) TRY(open_part());
    TRY(write(piece.csv));
    auto& content = part_->content;
    content.first_at =
        content.rows == 0 ? piece.first_at : std::min(content.first_at, piece.first_at);
    content.last_at = content.rows == 0 ? piece.last_at : std::max(content.last_at, piece.last_at);
    content.rows += piece.rows;
    counts_.rows += piece.rows;
    if (content.bytes < limits_.part_bytes) return {};
    return end_part();
}

// Bytes and CRC of a slice are those of all that its file has, the header too.
Result<void> LoadWriter::write(std::string_view bytes) {
    TRY(part_->file->append(bytes));
    auto& content = part_->content;
    content.crc = crc32c(content.crc, bytes);
    content.bytes += bytes.size();
    counts_.bytes += bytes.size();
    return {};
}

Result<void> LoadWriter::open_part() {
    last_id_ = std::max(stores_.random.uuid_v7(stores_.clock.age()), behind(last_id_));
    part_.emplace(Part{.slice = SliceId(last_id_), .file = nullptr, .content = {}});
    TRY(stores_.loads.announce_part(load_.number, parts_++, part_->slice));
    TRY_ASSIGN(part_->file, stores_.slices.create(local(*part_)));
    if (header_.empty()) return {};
    return write(header_);
}

Result<void> LoadWriter::end_part() {
    TRY(part_->file->finish());
    TRY(stores_.loads.adopt_part(load_.number, parts_ - 1, part_->slice, part_->content));
    part_.reset();
    return {};
}

Result<Load> LoadWriter::finish(std::uint64_t filtered, std::uint64_t unselected) {
    if (failure_) return *failure_;
    auto done = finish_all(filtered, unselected);
    if (!done.ok()) return fail(std::move(done).error());
    finished_ = true;
    load_ = done.value();
    return load_;
}

Result<Load> LoadWriter::finish_all(std::uint64_t filtered, std::uint64_t unselected) {
    TRY(write_all());
    if (part_) TRY(end_part());
    counts_.filtered = filtered;
    counts_.unselected = unselected;
    return stores_.loads.finish_load(load_.number, counts_, instant_of(stores_.clock));
}

Error LoadWriter::fail(Error cause) {
    auto failure = explained(std::move(cause));
    abort(failure.code() == Code::overloaded ? "the disk was full" : "its rows were not written");
    failure_ = failure;
    return failure;
}

// Before the load is aborted: afterwards the start may remove the file as well, and only then.
void LoadWriter::discard_part() {
    if (!part_) return;
    part_->file.reset();
    auto removed = stores_.slices.remove(local(*part_));
    if (removed.ok()) removed = stores_.loads.forget_part(part_->slice);
    static_cast<void>(removed.ok());  // the next start tries it again
    part_.reset();
}

void LoadWriter::abort(std::string_view reason) {
    if (finished_ || failure_) return;
    failure_ =
        Error(Code::conflict, fmt::format("Load {} is aborted: {}.", load_.number.value, reason))
            .named(error_names::kLoadAlreadyAborted);
    gathered_ = {};
    if (behind_) behind_->stop();
    discard_part();
    const auto aborted = stores_.loads.abort_load(load_.number, reason, instant_of(stores_.clock));
    // Otherwise its time or the next start ends it.
    if (!aborted.ok() && aborted.error().name() != error_names::kLoadAlreadyAborted) return;
    static_cast<void>(remove_leftover_parts(stores_.loads, stores_.slices, false).ok());
}

}  // namespace millrace::pipeline
