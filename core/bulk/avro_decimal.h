#pragma once
// Decimals of Avro: bytes of a whole number, big endian, in two's complement -> its digits.

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::bulk {

inline constexpr std::size_t kAvroDecimalBytesMax = 64;  // 154 digits

// Appends "-12.30" for the bytes of -1230 and a scale of 2. False: there are too many bytes.
bool append_avro_decimal(std::string& out, std::string_view bytes, std::size_t scale);

}  // namespace millrace::bulk
