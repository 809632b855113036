#pragma once
// Protobuf bytes for tests, message by message.

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::otlp {

inline std::string varint(std::uint64_t value) {
    std::string out;
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
    return out;
}

inline std::string tag(std::uint32_t number, int type) {
    return varint(std::uint64_t{number} << 3 | static_cast<std::uint64_t>(type));
}

inline std::string field(std::uint32_t number, std::string_view bytes) {
    return tag(number, 2) + varint(bytes.size()) + std::string(bytes);
}

inline std::string number_field(std::uint32_t number, std::uint64_t value) {
    return tag(number, 0) + varint(value);
}

inline std::string fixed64_field(std::uint32_t number, std::uint64_t value) {
    return tag(number, 1) + std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

// A request with one log record, or what is to be one.
inline std::string logs_of(std::string_view record) {
    return field(1, field(2, field(2, record)));
}

}  // namespace millrace::otlp
