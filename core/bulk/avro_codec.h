#pragma once
// AvroCodec: the codecs of blocks of Avro files: null, deflate (RFC 1951), snappy with its CRC,
// zstandard.
//
// Thread  one.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace millrace::bulk {

enum class AvroCodec { null, deflate, snappy, zstandard };

std::string_view to_string(AvroCodec codec);
// As the metadata of a file name it; empty is null.
std::optional<AvroCodec> avro_codec_from(std::string_view name);

// The bytes of a block. They are of `coded`, or of `plain`, which is reused.
// Errors  invalid, for the client: damaged; too_large: it becomes more than bytes_max
Result<std::string_view> decode_avro_block(AvroCodec codec, std::string_view coded,
                                           std::size_t bytes_max, std::string& plain);

}  // namespace millrace::bulk
