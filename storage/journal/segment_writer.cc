#include "storage/journal/segment_writer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/journal/segment_reader.h"

namespace millrace::journal {
namespace {

constexpr std::string_view kSparePrefix = "spare-";
constexpr std::size_t kFillBytes = 1 << 20;

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

SegmentWriter::SegmentWriter(Disk& disk, Rng& rng, Executor& background, Options options)
    : disk_(disk),
      rng_(rng),
      background_(background),
      options_(std::move(options)),
      used_(std::move(options_.used)),
      spares_(std::make_shared<Guarded<Spares>>()) {
    // What fails here is tried again by rotate(), which says why.
    if (auto directory = disk_.open_directory(options_.directory); directory.ok()) {
        directory_ = std::move(directory).value();
    }
    const auto names = disk_.list(options_.directory);
    if (!names.ok()) return;
    for (const auto& name : names.value()) {
        if (!name.starts_with(kSparePrefix)) continue;
        const auto path = options_.directory + "/" + name;
        auto file = disk_.open(path, Disk::Open::existing);
        const bool whole = file.ok() && [&] {
            const auto size = file.value()->size();
            return size.ok() && size.value() == options_.segment_bytes;
        }();
        if (whole) {
            keep_spare({.path = path, .file = std::move(file).value()});
        } else {
            // A spare that was being filled at a crash. One that cannot be removed is only in the
            // way.
            static_cast<void>(disk_.remove(path).ok());
        }
    }
}

std::string SegmentWriter::spare_path() {
    // Epoch and counter together are never used twice, so a new spare cannot meet an old one.
    return fmt::format("{}/{}{}-{}", options_.directory, kSparePrefix, options_.epoch,
                       ++spares_named_);
}

Result<std::unique_ptr<DiskFile>> SegmentWriter::fill(Disk& disk, const std::string& path,
                                                      std::uint64_t bytes) {
    TRY_ASSIGN(auto file, disk.open(path, Disk::Open::create));
    const auto filled = [&]() -> Result<void> {
        const std::vector<std::byte> zeros(kFillBytes);
        for (std::uint64_t offset = 0; offset < bytes;) {
            const auto count = std::min<std::uint64_t>(bytes - offset, zeros.size());
            TRY(file->write_at(offset, std::span(zeros).first(count)));
            offset += count;
        }
        return file->sync_data();
    }();
    if (filled.ok()) return file;
    static_cast<void>(disk.remove(path).ok());  // best effort; the constructor removes it too
    return Error(filled.error()).in("preallocate a journal segment");
}

void SegmentWriter::keep_spare(Spare spare) {
    spares_->with([&](Spares& spares) { spares.ready.push_back(std::move(spare)); });
}

Result<SegmentWriter::Spare> SegmentWriter::take_spare() {
    auto ready = spares_->with([](Spares& spares) -> std::optional<Spare> {
        if (spares.ready.empty()) return std::nullopt;
        auto taken = std::move(spares.ready.back());
        spares.ready.pop_back();
        return taken;
    });
    if (ready) return std::move(*ready);
    auto path = spare_path();
    TRY_ASSIGN(auto file, fill(disk_, path, options_.segment_bytes));
    return Spare{.path = std::move(path), .file = std::move(file)};
}

void SegmentWriter::prepare_spare() {
    const bool wanted = spares_->with([](Spares& spares) {
        if (spares.filling || !spares.ready.empty()) return false;
        spares.filling = true;
        return true;
    });
    if (!wanted) return;
    background_.post([&disk = disk_, spares = spares_, directory = options_.directory,
                      path = spare_path(), bytes = options_.segment_bytes,
                      kept_free = options_.kept_free_bytes] {
        const auto free = disk.free_bytes(directory);
        const bool has_room = !free.ok() || free.value() >= bytes + kept_free;
        auto file = has_room ? fill(disk, path, bytes) : Result<std::unique_ptr<DiskFile>>(nullptr);
        spares->with([&](Spares& state) {
            state.filling = false;
            // Else rotate() fills one, or says why not.
            if (file.ok() && file.value() != nullptr) {
                state.ready.push_back({.path = path, .file = std::move(file).value()});
            }
        });
    });
}

// Until the rename nothing has changed; from there on only the sync can fail.
Result<void> SegmentWriter::begin_segment(Spare& spare, const SegmentHeader& header,
                                          const std::string& path) {
    if (directory_ == nullptr) {
        TRY_ASSIGN(directory_, disk_.open_directory(options_.directory));
    }
    if (spare.file == nullptr) {
        TRY_ASSIGN(spare.file, disk_.open(spare.path, Disk::Open::existing));
    }
    // The header is on disk before the name is, so a file with a segment's name always has one.
    TRY(spare.file->write_at(0, bytes_of(encode_segment_header(header))));
    TRY(spare.file->sync_data());
    TRY(disk_.rename(spare.path, path));
    // When this fails, recovery would perhaps go on in the new segment: what came to the old one
    // would not be found.
    return directory_->sync();
}

Result<void> SegmentWriter::rotate(Sequence next) {
    TRY_ASSIGN(auto spare, take_spare());
    const SegmentHeader header{.volume = options_.volume,
                               .segment = options_.next_segment,
                               .first_sequence = next,
                               .epoch = options_.epoch,
                               .salt = static_cast<std::uint32_t>(rng_.next())};
    const auto path = fmt::format("{}/{:010}.segment", options_.directory, header.segment);
    if (auto begun = begin_segment(spare, header, path); !begun.ok()) {
        if (begun.error().code() != Code::unknown_outcome) keep_spare(std::move(spare));
        return std::move(begun).error().in("start a journal segment");
    }
    file_ = std::move(spare.file);
    header_ = header;
    offset_ = kFramesOffset;
    ++options_.next_segment;
    used_.push_back({.path = path, .first = next, .last = Sequence(next.value - 1)});
    prepare_spare();
    return {};
}

Result<void> SegmentWriter::reserve(Sequence next, std::uint64_t bytes) {
    if (bytes > frame_bytes_max()) {
        return Error(Code::too_large,
                     fmt::format("a frame of {} bytes, at most {} fit", bytes, frame_bytes_max()));
    }
    if (file_ != nullptr && offset_ + bytes <= options_.segment_bytes) return {};
    return rotate(next);
}

Result<void> SegmentWriter::write(Sequence sequence, std::string& frame,
                                  const std::function<void()>& written) {
    finish_frame(frame, header_, sequence);
    check(offset_ + frame.size() <= options_.segment_bytes,
          "frame of {} bytes at {} was not reserved", frame.size(), offset_);
    const auto doing = [&] { return fmt::format("journal frame {}", sequence.value); };
    if (auto put = file_->write_at(offset_, bytes_of(frame)); !put.ok()) {
        if (is_absent(frame)) {
            // The next frame begins another segment: here the rest of this one could complete it.
            file_.reset();
            return std::move(put).error().in(doing());
        }
        return Error(Code::unknown_outcome, put.error().operator_text()).in(doing());
    }
    written();
    if (auto synced = file_->sync_data(); !synced.ok()) {
        // Any part of the frame may reach the disk, all of it included.
        return Error(Code::unknown_outcome, synced.error().operator_text()).in(doing());
    }
    offset_ += frame.size();
    written_bytes_ += frame.size();
    used_.back().last = sequence;
    return {};
}

// After a write that failed, as on a full disk that copies what is overwritten: whether some byte
// of the frame is not in the file. Then no power loss can bring it there, as long as nothing else
// is written to the place: each sector is what it was before or what is seen now.
bool SegmentWriter::is_absent(std::string_view frame) {
    std::string found(frame.size(), '\0');
    const auto count =
        file_->read_at(offset_, std::as_writable_bytes(std::span(found.data(), found.size())));
    return count.ok() && std::string_view(found).substr(0, count.value()) != frame;
}

void SegmentWriter::recycle(Sequence upto) {
    while (used_.size() > 1 && used_.front().last <= upto) {
        const auto segment = std::move(used_.front());
        used_.erase(used_.begin());
        if (segment.damaged) {
            // Kept for a person to look at; no longer a segment of the journal.
            static_cast<void>(put_aside(disk_, segment.path).ok());
            continue;
        }
        const auto spare = spare_path();
        // A name that stays, or comes back after a power loss, holds frames that the checkpoint
        // covers.
        if (!disk_.rename(segment.path, spare).ok()) continue;
        const auto ready = spares_->with([](Spares& spares) { return spares.ready.size(); });
        if (ready >= options_.spares_max) {
            static_cast<void>(disk_.remove(spare).ok());
            continue;
        }
        auto file = disk_.open(spare, Disk::Open::existing);
        keep_spare({.path = spare, .file = file.ok() ? std::move(file).value() : nullptr});
    }
}

}  // namespace millrace::journal
