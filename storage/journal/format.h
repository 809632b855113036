#pragma once
// The bytes of a journal segment: its header, frame headers and the entries of a frame.
//
// Format  docs/formats/journal.md, with offset tables, validity conditions and crash cases.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/position.h"
#include "core/model/remembered_answer.h"
#include "core/model/slice.h"

namespace millrace::journal {

inline constexpr std::uint32_t kFormatVersion = 2;    // that is written; 1 is read too
inline constexpr std::uint64_t kFramesOffset = 4096;  // the header has the first page for itself
inline constexpr std::uint64_t kFrameHeaderBytes = 64;
inline constexpr std::uint64_t kAlignment = 8;  // of frames and entries

constexpr std::uint64_t aligned(std::uint64_t bytes) {
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

struct SegmentHeader {
    Uuid volume;
    std::uint64_t segment = 0;               // from 1
    Sequence first_sequence;                 // of the first frame written to it
    std::uint64_t epoch = 0;                 // counts the openings of the journal, from 1
    std::uint32_t version = kFormatVersion;  // of its frames too
    std::uint32_t salt = 0;                  // seeds the CRCs of its frames; clients never see it

    bool operator==(const SegmentHeader&) const = default;
};

inline constexpr std::size_t kSegmentHeaderBytes = 64;
std::string encode_segment_header(const SegmentHeader& header);
// Nothing when the bytes are no header of a version that is known.
std::optional<SegmentHeader> decode_segment_header(std::string_view bytes);
// The version of a whole header that is newer than this program.
std::optional<std::uint32_t> newer_version(std::string_view bytes);

// Frames are built in place: begin_frame(), any number of put_..., then finish_frame().
void begin_frame(std::string& out);
void put_opening(std::string& out, const SliceOpening& opening);
// The rows that follow, up to the next one, are of this batch.
void put_batch(std::string& out, BatchNumber batch);
void put_rows(std::string& out, SliceId slice, std::uint32_t rows, WallTime arrived_at,
              std::string_view csv);
void finish_frame(std::string& out, const SegmentHeader& segment, Sequence sequence);

// What the entries of a batch add to a frame at most: `groups` groups of `csv_bytes` in all, if
// each opens a slice.
std::uint64_t frame_bytes_max(std::uint64_t groups, std::uint64_t csv_bytes);

struct Frame {
    Sequence sequence;
    std::uint32_t version = kFormatVersion;
    std::string_view payload;
    std::uint64_t bytes = 0;  // of the whole frame in the segment
};

// What the header of a frame says; nothing when it has none of a version that is known. No CRC is
// looked at.
struct FrameHeader {
    std::uint32_t version = kFormatVersion;
    Uuid volume;
    std::uint64_t epoch = 0;
    std::uint64_t segment = 0;
    Sequence sequence;
    std::uint64_t payload_bytes = 0;
    std::uint32_t payload_crc = 0;
    std::uint32_t header_crc = 0;  // of the bytes before it
};
std::optional<FrameHeader> read_frame_header(std::string_view bytes);

// The frame at the front of `bytes`, if it is whole, of this segment and its CRCs are right.
std::optional<Frame> decode_frame(std::string_view bytes, const SegmentHeader& segment);

struct RowsEntry {
    SliceId slice;
    BatchNumber batch;  // 0 in frames of older versions
    std::uint32_t rows = 0;
    WallTime arrived_at;
    std::string_view csv;
};

struct EntryVisitor {
    std::function<void(const SliceOpening&)> on_opening;  // its volume is not in the journal
    std::function<void(BatchNumber)> on_batch;
    std::function<void(const RowsEntry&)> on_rows;
    std::function<void(const RememberedAnswer&)> on_answer;
    std::function<void(const SourcePosition&)> on_position;
};

// Calls back for the first entry of `bytes`, and returns how many of them it has. `batch` is that
// of the entries before, and becomes that of those behind.
// Errors  corrupt: no entry of this format version
Result<std::uint64_t> read_entry(std::string_view bytes, std::uint32_t version, BatchNumber& batch,
                                 const EntryVisitor& visitor);

// Calls back for each entry of a payload in order; `version` is that of its frame.
// Errors  corrupt: no entries of this format version although the CRC is right
Result<void> for_each_entry(std::string_view payload, std::uint32_t version,
                            const EntryVisitor& visitor);

}  // namespace millrace::journal
