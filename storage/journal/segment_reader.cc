#include "storage/journal/segment_reader.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "core/ports/atomic_file.h"

namespace millrace::journal {
namespace {

constexpr std::string_view kSegmentSuffix = ".segment";
const Sequence kNoLimit{std::numeric_limits<std::uint64_t>::max()};

Result<std::optional<SegmentHeader>> read_header(Disk& disk, const std::string& path) {
    TRY_ASSIGN(auto file, disk.open(path, Disk::Open::existing));
    std::string bytes(kSegmentHeaderBytes, '\0');
    TRY_ASSIGN(const auto count,
               file->read_at(0, std::as_writable_bytes(std::span(bytes.data(), bytes.size()))));
    bytes.resize(count);
    return decode_segment_header(bytes);
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
    Scan(Disk& disk, Sequence after, const std::function<Result<void>(const Frame&)>& on_frame)
        : disk_(disk), after_(after), on_frame_(on_frame) {
        result_.last = after;
    }

    // `limit` is the first sequence of the next segment: frames from there on are not this one's.
    Result<void> segment(const SegmentFile& segment, Sequence limit) {
        TRY(expect(segment.header.first_sequence, ""));
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
                if (!found || found->frame.sequence >= limit) break;
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
    ScanResult result_;
};

}  // namespace

Result<std::vector<SegmentFile>> list_segments(Disk& disk, const std::string& directory,
                                               const Uuid& volume) {
    TRY_ASSIGN(const auto names, disk.list(directory));
    std::vector<SegmentFile> segments;
    for (const auto& name : names) {
        if (!name.ends_with(kSegmentSuffix)) continue;
        const auto path = directory + "/" + name;
        TRY_ASSIGN(const auto header, read_header(disk, path));
        if (!header || header->volume != volume) continue;
        if (name != fmt::format("{:010}{}", header->segment, kSegmentSuffix)) continue;
        segments.push_back({path, *header});
    }
    std::sort(segments.begin(), segments.end(), [](const SegmentFile& a, const SegmentFile& b) {
        return a.header.segment < b.header.segment;
    });
    return segments;
}

Result<ScanResult> scan_segments(Disk& disk, const std::vector<SegmentFile>& segments,
                                 Sequence after,
                                 const std::function<Result<void>(const Frame&)>& on_frame) {
    Scan scan(disk, after, on_frame);
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const auto limit =
            i + 1 < segments.size() ? segments[i + 1].header.first_sequence : kNoLimit;
        if (limit.value <= after.value + 1) continue;  // wholly covered by the checkpoint
        TRY(scan.segment(segments[i], limit));
    }
    return std::move(scan).result();
}

}  // namespace millrace::journal
