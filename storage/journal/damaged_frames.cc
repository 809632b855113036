#include "storage/journal/damaged_frames.h"

#include <algorithm>
#include <optional>

#include "core/base/wire.h"

namespace millrace::journal {
namespace {

// A frame header of this use of the segment, whatever its CRC is.
std::optional<FrameHeader> own_header(std::string_view bytes, const SegmentHeader& segment) {
    const auto header = read_frame_header(bytes);
    if (!header || header->volume != segment.volume || header->segment != segment.segment ||
        header->epoch != segment.epoch || header->version != segment.version) {
        return std::nullopt;
    }
    return header;
}

// Every entry has a type and then something that is never 0, but for a batch, which has 0 there. In
// the middle of an opening the number of a sink is like a type, with 0 behind it.
bool may_be_entry(std::string_view bytes) {
    constexpr std::uint32_t kBatchEntry = 3;
    WireReader reader(bytes.substr(0, kAlignment));
    const auto type = reader.get<std::uint32_t>();
    const auto next = reader.get<std::uint32_t>();
    return type != 0 && (type == kBatchEntry) == (next == 0);
}

// The offset of the next frame of this use at or behind `offset`; the end where there is none.
std::size_t next_frame(std::string_view bytes, std::size_t offset, const SegmentHeader& segment) {
    for (; offset + kFrameHeaderBytes <= bytes.size(); offset += kAlignment) {
        if (bytes[offset] == 'M' && own_header(bytes.substr(offset), segment)) return offset;
    }
    return bytes.size();
}

}  // namespace

void read_damaged(const DamagedFrames& damaged,
                  const std::function<void(const SliceOpening&)>& on_opening,
                  const std::function<void(const SalvagedRows&)>& on_rows) {
    auto sequence = damaged.first;
    const EntryVisitor visitor{
        .on_opening = on_opening,
        .on_batch = [](BatchNumber) {},
        .on_rows =
            [&](RowsEntry entry) {
                const auto lines = std::count(entry.csv.begin(), entry.csv.end(), '\n');
                entry.rows = std::min(entry.rows, static_cast<std::uint32_t>(lines));
                if (entry.rows > 0) on_rows({.sequence = sequence, .entry = entry});
            },
        .on_answer = [](const RememberedAnswer&) {},
        .on_position = [](const SourcePosition&) {}};
    // Where an entry makes no sense, the next that does is behind it.
    const auto visit = [&](std::string_view payload) {
        BatchNumber batch;
        while (payload.size() >= kAlignment) {
            auto taken = kAlignment;
            if (may_be_entry(payload)) {
                const auto read = read_entry(payload, damaged.segment.version, batch, visitor);
                if (read.ok()) taken = std::min(aligned(read.value()), payload.size());
            }
            payload.remove_prefix(taken);
        }
    };
    const auto& bytes = damaged.bytes;
    for (std::size_t offset = 0; offset + kFrameHeaderBytes < bytes.size();) {
        const auto rest = bytes.substr(offset);
        const auto header = own_header(rest, damaged.segment);
        if (!header && !damaged.is_bounded) return;  // perhaps of an earlier use of the file
        const auto left = rest.size() - kFrameHeaderBytes;
        auto end = bytes.size();
        if (header && header->payload_bytes <= left && header->payload_bytes % kAlignment == 0) {
            end = offset + kFrameHeaderBytes + header->payload_bytes;
        } else {
            end = next_frame(bytes, offset + kFrameHeaderBytes, damaged.segment);
        }
        if (sequence > damaged.after)
            visit(bytes.substr(offset + kFrameHeaderBytes, end - offset - kFrameHeaderBytes));
        sequence = Sequence(sequence.value + 1);
        offset = end;
    }
}

}  // namespace millrace::journal
