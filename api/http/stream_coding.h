#pragma once
// StreamCoding: how the bytes of a load's body are compressed, in one layer.
//
// Thread  any.
// See     docs/stream-load.md ("Compression"); RFC 1952 (gzip), RFC 1950 (zlib), RFC 8878 (zstd),
//         the LZ4 frame format

#include <cstddef>
#include <string_view>

#include "api/http/content_coding.h"
#include "core/base/result.h"

namespace millrace::http {

enum class StreamCoding { identity, gzip, deflate, zstd, lz4, bz2 };

std::string_view to_string(StreamCoding coding);  // "gzip"

// How many bytes of a body choose_coding() needs, if it has so many.
inline constexpr std::size_t kCodingBytes = 10;

// The coding of a body that begins with `first`, by the headers compress_type (empty if there is
// none) and Content-Encoding. Clients send both for a body that is compressed once: where the two
// differ, the first bytes decide.
// Errors  invalid, for the client: a compress_type that is not there; a body that begins like
//         another coding than the headers say, or is compressed without a header
Result<StreamCoding> choose_coding(std::string_view compress_type, ContentCoding content_coding,
                                   std::string_view first);

}  // namespace millrace::http
