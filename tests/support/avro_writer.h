#pragma once
// Writes Avro object container files for tests.
//
// See  Apache Avro 1.11, Specification, "Object Container Files"

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::testing_support {

inline constexpr std::string_view kSync = "0123456789abcdef";

inline std::string avro_number(std::int64_t value) {
    auto left = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    std::string out;
    while (left > 0x7f) {
        out.push_back(static_cast<char>(left | 0x80));
        left >>= 7;
    }
    out.push_back(static_cast<char>(left));
    return out;
}

inline std::string avro_text(std::string_view text) {
    return avro_number(static_cast<std::int64_t>(text.size())) + std::string(text);
}

// `fields` is the JSON of the fields of the record.
inline std::string avro_header(std::string_view fields, std::string_view codec = "null",
                               std::string_view sync = kSync) {
    const auto schema = R"({"type":"record","name":"r","fields":)" + std::string(fields) + "}";
    return "Obj\x01" + avro_number(2) + avro_text("avro.schema") + avro_text(schema) +
           avro_text("avro.codec") + avro_text(codec) + avro_number(0) + std::string(sync);
}

inline std::string avro_block(std::int64_t records, std::string_view bytes,
                              std::string_view sync = kSync) {
    return avro_number(records) + avro_text(bytes) + std::string(sync);
}

}  // namespace millrace::testing_support
