#include "storage/journal/segment_writer.h"

#include <algorithm>

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
    const auto names = disk_.list(options_.directory);
    if (!names.ok()) return;  // rotate() will say why
    for (const auto& name : names.value()) {
        if (!name.starts_with(kSparePrefix)) continue;
        const auto path = options_.directory + "/" + name;
        const auto file = disk_.open(path, Disk::Open::existing);
        const bool whole = file.ok() && [&] {
            const auto size = file.value()->size();
            return size.ok() && size.value() == options_.segment_bytes;
        }();
        if (whole) {
            spares_->with([&](Spares& spares) { spares.ready.push_back(path); });
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

Result<void> SegmentWriter::fill(Disk& disk, const std::string& path, std::uint64_t bytes) {
    TRY_ASSIGN(auto file, disk.open(path, Disk::Open::create));
    const std::vector<std::byte> zeros(kFillBytes);
    for (std::uint64_t offset = 0; offset < bytes;) {
        const auto count = std::min<std::uint64_t>(bytes - offset, zeros.size());
        TRY(file->write_at(offset, std::span(zeros).first(count)));
        offset += count;
    }
    return file->sync_data();
}

Result<std::string> SegmentWriter::take_spare() {
    auto path = spares_->with([](Spares& spares) {
        std::string taken;
        if (!spares.ready.empty()) {
            taken = std::move(spares.ready.back());
            spares.ready.pop_back();
        }
        return taken;
    });
    if (!path.empty()) return path;
    path = spare_path();
    auto filled = fill(disk_, path, options_.segment_bytes);
    if (!filled.ok()) {
        static_cast<void>(disk_.remove(path).ok());  // best effort; the constructor removes it too
        return std::move(filled).error().in("preallocate a journal segment");
    }
    return path;
}

void SegmentWriter::prepare_spare() {
    const bool wanted = spares_->with([](Spares& spares) {
        if (spares.filling || !spares.ready.empty()) return false;
        spares.filling = true;
        return true;
    });
    if (!wanted) return;
    background_.post(
        [&disk = disk_, spares = spares_, path = spare_path(), bytes = options_.segment_bytes] {
            const auto filled = fill(disk, path, bytes);
            if (!filled.ok()) static_cast<void>(disk.remove(path).ok());
            spares->with([&](Spares& state) {
                state.filling = false;
                if (filled.ok()) state.ready.push_back(path);
            });
        });
}

Result<void> SegmentWriter::rotate(Sequence next) {
    TRY_ASSIGN(const auto spare, take_spare());
    const SegmentHeader header{.volume = options_.volume,
                               .segment = options_.next_segment,
                               .first_sequence = next,
                               .epoch = options_.epoch,
                               .salt = static_cast<std::uint32_t>(rng_.next())};
    const auto path = fmt::format("{}/{:010}.segment", options_.directory, header.segment);
    // The header is on disk before the name is, so a file with a segment's name always has one.
    auto started = [&]() -> Result<std::unique_ptr<DiskFile>> {
        TRY_ASSIGN(auto file, disk_.open(spare, Disk::Open::existing));
        TRY(file->write_at(0, bytes_of(encode_segment_header(header))));
        TRY(file->sync_data());
        TRY(disk_.rename(spare, path));
        const auto synced = disk_.sync_directory(options_.directory);
        if (synced.ok()) return file;
        // Recovery would go on in the new segment: what came to the old one would not be found.
        return Error(Code::unknown_outcome, std::string(synced.error().operator_text()));
    }();
    if (!started.ok()) return std::move(started).error().in("start a journal segment");
    file_ = std::move(started).value();
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
    const auto outcome = [&]() -> Result<void> {
        TRY(file_->write_at(offset_, bytes_of(frame)));
        written();
        return file_->sync_data();
    }();
    if (!outcome.ok()) {
        // Any part of the frame may reach the disk, all of it included.
        return Error(Code::unknown_outcome, std::string(outcome.error().operator_text()))
            .in(fmt::format("journal frame {}", sequence.value));
    }
    offset_ += frame.size();
    written_bytes_ += frame.size();
    used_.back().last = sequence;
    return {};
}

void SegmentWriter::recycle(Sequence upto) {
    while (used_.size() > 1 && used_.front().last <= upto) {
        const auto segment = std::move(used_.front());
        used_.erase(used_.begin());
        if (segment.damaged) {
            // Kept for a person to look at; no longer a segment of the journal.
            static_cast<void>(disk_.rename(segment.path, segment.path + ".damaged").ok());
            continue;
        }
        const auto spare = spare_path();
        // A name that stays, or comes back after a power loss, holds frames that the checkpoint
        // covers.
        if (!disk_.rename(segment.path, spare).ok()) continue;
        const bool keep = spares_->with([&](Spares& spares) {
            if (spares.ready.size() >= options_.spares_max) return false;
            spares.ready.push_back(spare);
            return true;
        });
        if (!keep) static_cast<void>(disk_.remove(spare).ok());
    }
}

}  // namespace millrace::journal
