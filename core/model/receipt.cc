#include "core/model/receipt.h"

#include <array>

#include "core/base/crc32c.h"
#include "core/base/wire.h"

namespace millrace {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::array<std::string_view, 3> kAcks = {"disk", "cache", "memory"};
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kTextMax = 64 << 10;

void put_leb128(std::string& out, std::uint64_t number) {
    while (number >= 0x80) {
        out.push_back(static_cast<char>((number & 0x7f) | 0x80));
        number >>= 7;
    }
    out.push_back(static_cast<char>(number));
}

// Nothing where the number has more than 63 bits, as no number here has, or ends too early.
std::optional<std::uint64_t> get_leb128(WireReader& reader) {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
        const auto byte = reader.get<std::uint8_t>();
        number |= std::uint64_t{byte & 0x7fU} << shift;
        if (byte < 0x80) return number;
    }
    return std::nullopt;
}

std::string to_base64url(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : bytes) {
        bits = (bits << 8) | static_cast<unsigned char>(c);
        for (count += 8; count >= 6; count -= 6)
            text.push_back(kDigits[(bits >> (count - 6)) & 63]);
    }
    if (count > 0) text.push_back(kDigits[(bits << (6 - count)) & 63]);
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const auto digit = kDigits.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = (bits << 6) | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes.push_back(static_cast<char>(bits >> count));
    }
    return bytes;
}

std::uint8_t outcomes_of(const Receipt::Sink& sink) {
    return static_cast<std::uint8_t>((sink.has_rows ? 1U : 0U) | (sink.has_kept ? 2U : 0U) |
                                     (sink.has_refused ? 4U : 0U));
}

std::optional<Receipt> decode_fields(WireReader reader) {
    Receipt receipt;
    if (reader.get<std::uint8_t>() != kVersion) return std::nullopt;
    const auto ack = reader.get<std::uint8_t>();
    const auto arrived_at = get_leb128(reader);
    const auto name_bytes = get_leb128(reader);
    if (ack >= kAcks.size() || !arrived_at || !name_bytes) return std::nullopt;
    receipt.ack = static_cast<Ack>(ack);
    receipt.arrived_at = WallTime{static_cast<std::int64_t>(*arrived_at)};
    receipt.volume = VolumeId(std::string(reader.get_bytes(*name_bytes)));
    const auto batch = get_leb128(reader);
    const auto sinks = get_leb128(reader);
    if (!batch || !sinks) return std::nullopt;
    receipt.batch = BatchNumber(*batch);
    for (std::uint64_t i = 0; i < *sinks && !reader.failed(); ++i) {
        const auto number = get_leb128(reader);
        const auto outcomes = reader.get<std::uint8_t>();
        if (!number) return std::nullopt;
        receipt.sinks.push_back({.number = SinkNumber(*number),
                                 .has_rows = (outcomes & 1U) != 0,
                                 .has_kept = (outcomes & 2U) != 0,
                                 .has_refused = (outcomes & 4U) != 0});
    }
    if (reader.failed() || reader.left() != 0) return std::nullopt;
    return receipt;
}

}  // namespace

std::string_view to_string(Ack ack) {
    return kAcks[static_cast<std::size_t>(ack)];
}

std::optional<Ack> parse_ack(std::string_view text) {
    for (std::size_t i = 0; i < kAcks.size(); ++i) {
        if (kAcks[i] == text) return static_cast<Ack>(i);
    }
    return std::nullopt;
}

std::string encode_receipt(const Receipt& receipt) {
    std::string bytes;
    put(bytes, kVersion);
    put(bytes, static_cast<std::uint8_t>(receipt.ack));
    put_leb128(bytes, static_cast<std::uint64_t>(receipt.arrived_at.unix_ms));
    put_leb128(bytes, receipt.volume.value.size());
    bytes += receipt.volume.value;
    put_leb128(bytes, receipt.batch.value);
    put_leb128(bytes, receipt.sinks.size());
    for (const auto& sink : receipt.sinks) {
        put_leb128(bytes, sink.number.value);
        put(bytes, outcomes_of(sink));
    }
    put(bytes, crc32c(0, bytes));
    return to_base64url(bytes);
}

std::optional<Receipt> decode_receipt(std::string_view text) {
    if (text.size() > kTextMax) return std::nullopt;
    const auto bytes = from_base64url(text);
    if (!bytes || bytes->size() < sizeof(std::uint32_t)) return std::nullopt;
    const auto fields = std::string_view(*bytes).substr(0, bytes->size() - sizeof(std::uint32_t));
    WireReader crc(std::string_view(*bytes).substr(fields.size()));
    if (crc.get<std::uint32_t>() != crc32c(0, fields)) return std::nullopt;
    auto receipt = decode_fields(WireReader(fields));
    if (!receipt || encode_receipt(*receipt) != text) return std::nullopt;  // stray bits at the end
    return receipt;
}

}  // namespace millrace
