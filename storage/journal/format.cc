#include "storage/journal/format.h"

#include <cstring>

#include "core/base/crc32c.h"
#include "core/base/wire.h"
#include "storage/journal/answer_entry.h"
#include "storage/journal/position_entry.h"

namespace millrace::journal {
namespace {

constexpr std::string_view kSegmentMagic = "MLRSEG01";
constexpr std::uint32_t kOldestVersion = 1;
constexpr std::uint32_t kVersionWithPositions = 2;
constexpr std::uint32_t kFrameMagic = 0x4d52464d;  // "MFRM"

constexpr std::uint32_t kOpeningEntry = 1;
constexpr std::uint32_t kRowsEntry = 2;
constexpr std::uint32_t kBatchEntry = 3;
constexpr std::uint64_t kOpeningBytes = 56;
constexpr std::uint64_t kRowsHeaderBytes = 40;
constexpr std::uint64_t kBatchBytes = 16;

void pad(std::string& out) {
    out.append(aligned(out.size()) - out.size(), '\0');
}

}  // namespace

std::string encode_segment_header(const SegmentHeader& header) {
    std::string out(kSegmentMagic);
    put(out, header.version);
    put(out, std::uint32_t{0});
    put(out, header.volume);
    put(out, header.segment);
    put(out, header.first_sequence.value);
    put(out, header.epoch);
    put(out, header.salt);
    put(out, crc32c(0, out));
    check(out.size() == kSegmentHeaderBytes, "segment header of {} bytes", out.size());
    return out;
}

std::optional<SegmentHeader> decode_segment_header(std::string_view bytes) {
    if (bytes.size() < kSegmentHeaderBytes) return std::nullopt;
    bytes = bytes.substr(0, kSegmentHeaderBytes);
    if (!bytes.starts_with(kSegmentMagic)) return std::nullopt;
    WireReader reader(bytes.substr(kSegmentMagic.size()));
    SegmentHeader header;
    header.version = reader.get<std::uint32_t>();
    if (header.version < kOldestVersion || header.version > kFormatVersion) return std::nullopt;
    reader.get<std::uint32_t>();
    header.volume = reader.get_uuid();
    header.segment = reader.get<std::uint64_t>();
    header.first_sequence = Sequence(reader.get<std::uint64_t>());
    header.epoch = reader.get<std::uint64_t>();
    header.salt = reader.get<std::uint32_t>();
    const auto crc = reader.get<std::uint32_t>();
    if (crc != crc32c(0, bytes.substr(0, kSegmentHeaderBytes - sizeof crc))) return std::nullopt;
    return header;
}

std::optional<std::uint32_t> newer_version(std::string_view bytes) {
    constexpr auto kCovered = kSegmentHeaderBytes - sizeof(std::uint32_t);
    if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kSegmentMagic)) return {};
    const auto version =
        WireReader(bytes.substr(kSegmentMagic.size(), sizeof(std::uint32_t))).get<std::uint32_t>();
    const auto crc = WireReader(bytes.substr(kCovered, sizeof(std::uint32_t))).get<std::uint32_t>();
    if (version <= kFormatVersion || crc != crc32c(0, bytes.substr(0, kCovered))) return {};
    return version;
}

void begin_frame(std::string& out) {
    out.assign(kFrameHeaderBytes, '\0');
}

void put_opening(std::string& out, const SliceOpening& opening) {
    put(out, kOpeningEntry);
    put(out, opening.sink.mapping.value);
    put(out, opening.slice.value);
    put(out, opening.file.value);
    put(out, opening.sink.sink.value);
    put(out, opening.opened_at.unix_ms);
}

void put_batch(std::string& out, BatchNumber batch) {
    put(out, kBatchEntry);
    put(out, std::uint32_t{0});
    put(out, batch.value);
}

void put_rows(std::string& out, SliceId slice, std::uint32_t rows, WallTime arrived_at,
              std::string_view csv) {
    put(out, kRowsEntry);
    put(out, rows);
    put(out, slice.value);
    put(out, std::uint64_t{csv.size()});
    put(out, arrived_at.unix_ms);
    out.append(csv);
    pad(out);
}

void finish_frame(std::string& out, const SegmentHeader& segment, Sequence sequence) {
    check(out.size() >= kFrameHeaderBytes, "frame of {} bytes", out.size());
    pad(out);
    const auto payload = std::string_view(out).substr(kFrameHeaderBytes);
    std::string header;
    put(header, kFrameMagic);
    put(header, segment.version);
    put(header, segment.volume);
    put(header, segment.epoch);
    put(header, segment.segment);
    put(header, sequence.value);
    put(header, std::uint64_t{payload.size()});
    put(header, crc32c(segment.salt, payload));
    put(header, crc32c(segment.salt, header));
    std::memcpy(out.data(), header.data(), kFrameHeaderBytes);
}

std::uint64_t frame_bytes_max(std::uint64_t groups, std::uint64_t csv_bytes) {
    return kFrameHeaderBytes + kBatchBytes +
           groups * (kOpeningBytes + kRowsHeaderBytes + kAlignment) + aligned(csv_bytes);
}

std::optional<FrameHeader> read_frame_header(std::string_view bytes) {
    if (bytes.size() < kFrameHeaderBytes) return std::nullopt;
    WireReader reader(bytes.substr(0, kFrameHeaderBytes));
    if (reader.get<std::uint32_t>() != kFrameMagic) return std::nullopt;
    FrameHeader header;
    header.version = reader.get<std::uint32_t>();
    if (header.version < kOldestVersion || header.version > kFormatVersion) return std::nullopt;
    header.volume = reader.get_uuid();
    header.epoch = reader.get<std::uint64_t>();
    header.segment = reader.get<std::uint64_t>();
    header.sequence = Sequence(reader.get<std::uint64_t>());
    header.payload_bytes = reader.get<std::uint64_t>();
    header.payload_crc = reader.get<std::uint32_t>();
    header.header_crc = reader.get<std::uint32_t>();
    return header;
}

std::optional<Frame> decode_frame(std::string_view bytes, const SegmentHeader& segment) {
    const auto header = read_frame_header(bytes);
    if (!header || header->version != segment.version || header->volume != segment.volume ||
        header->epoch != segment.epoch || header->segment != segment.segment) {
        return std::nullopt;
    }
    constexpr auto kCovered = kFrameHeaderBytes - sizeof header->header_crc;
    if (header->header_crc != crc32c(segment.salt, bytes.substr(0, kCovered))) return std::nullopt;
    const auto length = header->payload_bytes;
    if (length > bytes.size() - kFrameHeaderBytes || aligned(length) != length) return std::nullopt;
    const auto payload = bytes.substr(kFrameHeaderBytes, length);
    if (header->payload_crc != crc32c(segment.salt, payload)) return std::nullopt;
    return Frame{.sequence = header->sequence,
                 .version = segment.version,
                 .payload = payload,
                 .bytes = kFrameHeaderBytes + length};
}

Result<std::uint64_t> read_entry(std::string_view bytes, std::uint32_t version, BatchNumber& batch,
                                 const EntryVisitor& visitor) {
    WireReader reader(bytes);
    const auto type = reader.get<std::uint32_t>();
    if (type == kOpeningEntry) {
        SliceOpening opening;
        opening.sink.mapping = MappingVersion(reader.get<std::uint32_t>());
        opening.slice = SliceId(reader.get_uuid());
        opening.file = FileId(reader.get_uuid());
        opening.sink.sink = SinkNumber(reader.get<std::uint64_t>());
        opening.opened_at = WallTime{reader.get<std::int64_t>()};
        if (!reader.failed()) visitor.on_opening(opening);
    } else if (type == kRowsEntry) {
        RowsEntry rows;
        rows.batch = batch;
        rows.rows = reader.get<std::uint32_t>();
        rows.slice = SliceId(reader.get_uuid());
        const auto csv_bytes = reader.get<std::uint64_t>();
        rows.arrived_at = WallTime{reader.get<std::int64_t>()};
        rows.csv = reader.get_bytes(csv_bytes);
        if (!reader.failed()) {
            visitor.on_rows(rows);
            reader.get_bytes(aligned(csv_bytes) - csv_bytes);
        }
    } else if (type == kBatchEntry) {
        reader.get<std::uint32_t>();
        batch = BatchNumber(reader.get<std::uint64_t>());
        if (!reader.failed()) visitor.on_batch(batch);
    } else if (type == kAnswerEntry) {
        const auto answer = read_answer(reader, version);
        if (!reader.failed()) visitor.on_answer(answer);
    } else if (type == kPositionEntry && version >= kVersionWithPositions) {
        const auto position = read_position(reader);
        if (!reader.failed()) visitor.on_position(position);
    } else {
        return Error(Code::corrupt, fmt::format("unknown entry of type {}", type));
    }
    if (reader.failed()) return Error(Code::corrupt, "an entry ends behind its frame");
    return bytes.size() - reader.left();
}

Result<void> for_each_entry(std::string_view payload, std::uint32_t version,
                            const EntryVisitor& visitor) {
    BatchNumber batch;
    while (!payload.empty()) {
        TRY_ASSIGN(const auto bytes, read_entry(payload, version, batch, visitor));
        payload.remove_prefix(bytes);
    }
    return {};
}

}  // namespace millrace::journal
