#include "storage/journal/segment_reader.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "core/ports/atomic_file.h"
#include "storage/journal/segment_salvage.h"

namespace millrace::journal {
namespace {

constexpr std::string_view kSegmentSuffix = ".segment";
const Sequence kNoLimit{std::numeric_limits<std::uint64_t>::max()};

constexpr std::size_t kNumberDigits = 10;

// Of a name that begins like that of a segment; 0: it does not.
std::uint64_t number_of(std::string_view name) {
    std::uint64_t number = 0;
    const auto digits = name.substr(0, kNumberDigits);
    if (!name.substr(digits.size()).starts_with(kSegmentSuffix)) return 0;
    const auto [rest, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return failure == std::errc() && rest == digits.data() + digits.size() ? number : 0;
}

Result<std::string> read_header(Disk& disk, const std::string& path) {
    TRY_ASSIGN(auto file, disk.open(path, Disk::Open::existing));
    std::string bytes(kSegmentHeaderBytes, '\0');
    TRY_ASSIGN(const auto count,
               file->read_at(0, std::as_writable_bytes(std::span(bytes.data(), bytes.size()))));
    bytes.resize(count);
    return bytes;
}

// A file with the name of segment `number`.
Result<void> add_segment(Disk& disk, const std::string& path, std::uint64_t number,
                         const Uuid& volume, Segments& segments) {
    TRY_ASSIGN(const auto bytes, read_header(disk, path));
    if (const auto header = decode_segment_header(bytes)) {
        if (header->volume == volume && header->segment == number)
            segments.files.push_back({.path = path, .header = *header});
        return {};
    }
    if (const auto version = newer_version(bytes)) {
        return Error(Code::conflict,
                     fmt::format("{} has format version {}: start the program that wrote it", path,
                                 *version));
    }
    TRY_ASSIGN(const auto content, read_whole(disk, path));
    if (const auto header = salvage_header(content, volume, number)) {
        segments.files.push_back({.path = path, .header = *header, .header_damaged = true});
    } else if (has_content(content)) {
        segments.unreadable.push_back(path);
    }
    return {};
}

// The first valid frame at or behind `offset` whose sequence is at least `from`.
struct Found {
    std::uint64_t offset;
    Frame frame;
};
std::optional<Found> find_frame(std::string_view content, std::uint64_t offset,
                                const SegmentHeader& header, Sequence from) {
    for (; offset + kFrameHeaderBytes <= content.size(); offset += kAlignment) {
        if (content[offset] != 'M') continue;  // the first byte of the magic
        const auto frame = decode_frame(content.substr(offset), header);
        if (frame && frame->sequence >= from) return Found{offset, *frame};
    }
    return std::nullopt;
}

// One pass over the segments; `expected` is the sequence that must come next.
class Scan {
public:
    Scan(Disk& disk, Sequence after, const std::function<Result<void>(const Frame&)>& on_frame,
         const OnDamagedFrames& on_damaged)
        : disk_(disk), after_(after), on_frame_(on_frame), on_damaged_(on_damaged) {
        result_.last = after;
    }

    // `limit` is the first sequence of the next segment: frames from there on are not this one's.
    Result<void> segment(const SegmentFile& segment, Sequence limit) {
        TRY(expect(segment.header.first_sequence, segment.header_damaged ? segment.path : ""));
        auto content = read_whole(disk_, segment.path);
        if (!content.ok()) return std::move(content).error();
        TRY(sync(segment.path));

        auto next = segment.header.first_sequence;
        std::uint64_t offset = kFramesOffset;
        while (next < limit) {
            const auto rest = offset < content.value().size()
                                  ? std::string_view(content.value()).substr(offset)
                                  : std::string_view();
            auto frame = decode_frame(rest, segment.header);
            if (!frame || frame->sequence != next) {
                const auto found = find_frame(content.value(), offset, segment.header, next);
                if (!found || found->frame.sequence >= limit) {
                    if (limit != kNoLimit) {
                        TRY(damaged({.segment = segment.header,
                                     .first = next,
                                     .bytes = rest,
                                     .is_bounded = false}));
                    }
                    break;
                }
                TRY(damaged({.segment = segment.header,
                             .first = next,
                             .bytes = rest.substr(0, found->offset - offset)}));
                frame = found->frame;
                offset = found->offset;
            }
            TRY(take(*frame, segment.path));
            offset += frame->bytes;
            next = Sequence(frame->sequence.value + 1);
        }
        if (limit != kNoLimit) TRY(expect(limit, segment.path));
        return {};
    }

    ScanResult result() && { return std::move(result_); }

private:
    Result<void> take(const Frame& frame, const std::string& path) {
        TRY(expect(frame.sequence, path));
        if (frame.sequence <= after_) return {};
        TRY(on_frame_(frame).in(fmt::format("frame {} of {}", frame.sequence.value, path)));
        result_.last = frame.sequence;
        ++result_.frames;
        result_.bytes += frame.bytes;
        return {};
    }

    // Those that the checkpoint covers are not missed.
    Result<void> damaged(DamagedFrames frames) {
        frames.after = after_;
        return on_damaged_ ? on_damaged_(frames) : Result<void>();
    }

    // Everything between the newest frame and `sequence` is lost, if there is anything.
    Result<void> expect(Sequence sequence, const std::string& path) {
        if (sequence.value > result_.last.value + 1) {
            result_.damages.push_back({.path = path,
                                       .first = Sequence(result_.last.value + 1),
                                       .last = Sequence(sequence.value - 1)});
            result_.last = Sequence(sequence.value - 1);
        }
        return {};
    }

    Result<void> sync(const std::string& path) {
        TRY_ASSIGN(auto file, disk_.open(path, Disk::Open::existing));
        return file->sync_data();
    }

    Disk& disk_;
    const Sequence after_;
    const std::function<Result<void>(const Frame&)>& on_frame_;
    const OnDamagedFrames& on_damaged_;
    ScanResult result_;
};

}  // namespace

Result<Segments> list_segments(Disk& disk, const std::string& directory, const Uuid& volume) {
    TRY_ASSIGN(const auto names, disk.list(directory));
    Segments segments;
    for (const auto& name : names) {
        const auto number = number_of(name);
        segments.newest_number = std::max(segments.newest_number, number);
        if (number == 0 || !name.ends_with(kSegmentSuffix)) continue;
        TRY(add_segment(disk, directory + "/" + name, number, volume, segments));
    }
    std::sort(segments.files.begin(), segments.files.end(),
              [](const SegmentFile& a, const SegmentFile& b) {
                  return a.header.segment < b.header.segment;
              });
    return segments;
}

Result<void> put_aside(Disk& disk, const std::string& path) {
    const auto slash = path.rfind('/');
    const auto directory = path.substr(0, slash);
    TRY_ASSIGN(const auto names, disk.list(directory));
    const auto is_free = [&](const std::string& to) -> Result<bool> {
        if (std::find(names.begin(), names.end(), to) == names.end()) return true;
        TRY_ASSIGN(const auto here, read_whole(disk, path));
        TRY_ASSIGN(const auto there, read_whole(disk, directory + "/" + to));
        return here == there;  // a copy of it, that a repair made
    };
    auto to = path.substr(slash + 1) + ".damaged";
    for (int number = 2;; ++number) {
        TRY_ASSIGN(const bool free, is_free(to));
        if (free) break;
        to = fmt::format("{}.damaged-{}", path.substr(slash + 1), number);
    }
    TRY(disk.rename(path, directory + "/" + to));
    return disk.sync_directory(directory);
}

Result<ScanResult> scan_segments(Disk& disk, const std::vector<SegmentFile>& segments,
                                 Sequence after,
                                 const std::function<Result<void>(const Frame&)>& on_frame,
                                 const OnDamagedFrames& on_damaged) {
    Scan scan(disk, after, on_frame, on_damaged);
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const auto limit =
            i + 1 < segments.size() ? segments[i + 1].header.first_sequence : kNoLimit;
        if (limit.value <= after.value + 1) continue;  // wholly covered by the checkpoint
        TRY(scan.segment(segments[i], limit));
    }
    return std::move(scan).result();
}

}  // namespace millrace::journal
