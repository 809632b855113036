#include "storage/journal/position_entry.h"

#include "storage/journal/answer_entry.h"

namespace millrace::journal {
namespace {

constexpr std::uint64_t kFixedBytes = 40;
constexpr std::uint64_t kAligned = 8;

std::uint64_t padded(std::uint64_t bytes) {
    return (bytes + kAligned - 1) / kAligned * kAligned;
}

}  // namespace

std::uint64_t position_bytes(const SourcePosition& position) {
    return padded(kFixedBytes + position.partition.size());
}

void put_position(std::string& out, const SourcePosition& position) {
    const auto end = out.size() + position_bytes(position);
    put(out, kPositionEntry);
    put(out, static_cast<std::uint32_t>(position.partition.size()));
    put_fingerprint(out, position.source);
    put(out, position.epoch);
    put(out, position.next_offset);
    out += position.partition;
    out.append(end - out.size(), '\0');
}

SourcePosition read_position(WireReader& reader) {
    SourcePosition position;
    const auto name_bytes = reader.get<std::uint32_t>();
    position.source = get_fingerprint(reader);
    position.epoch = reader.get<std::uint64_t>();
    position.next_offset = reader.get<std::uint64_t>();
    position.partition = reader.get_bytes(name_bytes);
    const auto written = kFixedBytes + position.partition.size();
    reader.get_bytes(padded(written) - written);
    return position;
}

}  // namespace millrace::journal
