#include "storage/journal/answer_entry.h"

#include <algorithm>

namespace millrace::journal {
namespace {

constexpr std::uint64_t kFixedBytes = 72;
constexpr std::uint64_t kFixedBytesOfVersion1 = 88;
constexpr std::uint64_t kAligned = 8;

std::uint64_t padded(std::uint64_t bytes) {
    return (bytes + kAligned - 1) / kAligned * kAligned;
}

// Version 1 has the parts of an outcome in two places of its entry.
RememberedAnswer read_answer_of_version_1(WireReader& reader) {
    RememberedAnswer answer;
    auto& outcome = answer.outcome;
    put(outcome, reader.get<std::uint32_t>());  // status, media type, zero
    read_request(reader, answer);
    put(outcome, reader.get<std::uint32_t>());  // records
    const auto header_bytes = reader.get<std::uint32_t>();
    const auto body_bytes = reader.get<std::uint32_t>();
    put(outcome, header_bytes);
    put(outcome, body_bytes);
    reader.get<std::uint32_t>();
    const auto text_bytes = std::uint64_t{header_bytes} + body_bytes;
    outcome += reader.get_bytes(text_bytes);
    const auto written = kFixedBytesOfVersion1 + text_bytes;
    reader.get_bytes(padded(written) - written);
    return answer;
}

}  // namespace

void put_fingerprint(std::string& out, const Fingerprint& fingerprint) {
    out.append(reinterpret_cast<const char*>(fingerprint.bytes.data()), fingerprint.bytes.size());
}

Fingerprint get_fingerprint(WireReader& reader) {
    Fingerprint fingerprint;
    const auto bytes = reader.get_bytes(fingerprint.bytes.size());
    std::copy(bytes.begin(), bytes.end(), fingerprint.bytes.begin());
    return fingerprint;
}

void put_request(std::string& out, const RememberedAnswer& answer) {
    put_fingerprint(out, answer.request.source);
    put_fingerprint(out, answer.request.key);
    put_fingerprint(out, answer.request.request);
    put(out, answer.arrived_at.ms);
    put(out, answer.expires_at.ms);
}

void read_request(WireReader& reader, RememberedAnswer& answer) {
    answer.request.source = get_fingerprint(reader);
    answer.request.key = get_fingerprint(reader);
    answer.request.request = get_fingerprint(reader);
    answer.arrived_at = AgeTime{reader.get<std::int64_t>()};
    answer.expires_at = AgeTime{reader.get<std::int64_t>()};
}

std::uint64_t answer_bytes(const RememberedAnswer& answer) {
    return padded(kFixedBytes + answer.outcome.size());
}

void put_answer(std::string& out, const RememberedAnswer& answer) {
    const auto end = out.size() + answer_bytes(answer);
    put(out, kAnswerEntry);
    put(out, static_cast<std::uint32_t>(answer.outcome.size()));
    put_request(out, answer);
    out += answer.outcome;
    out.append(end - out.size(), '\0');
}

RememberedAnswer read_answer(WireReader& reader, std::uint32_t version) {
    if (version == 1) return read_answer_of_version_1(reader);
    RememberedAnswer answer;
    const auto outcome_bytes = reader.get<std::uint32_t>();
    read_request(reader, answer);
    answer.outcome = reader.get_bytes(outcome_bytes);
    const auto written = kFixedBytes + answer.outcome.size();
    reader.get_bytes(padded(written) - written);
    return answer;
}

std::string read_outcome_of_version_1(WireReader& reader) {
    constexpr std::size_t kBytesBeforeLengths = 8;
    std::string outcome(reader.get_bytes(kBytesBeforeLengths));
    const auto header_bytes = reader.get<std::uint32_t>();
    const auto body_bytes = reader.get<std::uint32_t>();
    put(outcome, header_bytes);
    put(outcome, body_bytes);
    outcome += reader.get_bytes(std::uint64_t{header_bytes} + body_bytes);
    return outcome;
}

void AnswerEntries::add(const RememberedAnswer& answer) {
    put_answer(bytes, answer);
    newest_expiry = std::max(newest_expiry, answer.expires_at);
    ++count;
}

void AnswerEntries::add(const AnswerEntries& later) {
    bytes += later.bytes;
    newest_expiry = std::max(newest_expiry, later.newest_expiry);
    count += later.count;
}

void AnswerEntries::clear() {
    bytes.clear();
    newest_expiry = {};
    count = 0;
}

Result<void> for_each_answer(std::string_view entries, std::uint32_t version,
                             const std::function<void(const RememberedAnswer&)>& on_answer) {
    WireReader reader(entries);
    while (reader.left() > 0) {
        const auto type = reader.get<std::uint32_t>();
        if (type != kAnswerEntry)
            return Error(Code::corrupt, fmt::format("entry of type {}", type));
        const auto answer = read_answer(reader, version);
        if (reader.failed()) return Error(Code::corrupt, "an entry is cut");
        on_answer(answer);
    }
    return {};
}

}  // namespace millrace::journal
