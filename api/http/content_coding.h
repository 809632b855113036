#pragma once
// Undoes the Content-Encoding of a request body that is whole in memory.
//
// See  RFC 9110 8.4; RFC 1952 (gzip), RFC 1950 (deflate), RFC 8878 (zstd)

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/door.h"
#include "core/base/result.h"

namespace millrace::http {

enum class ContentCoding { identity, gzip, deflate, zstd };

// Case does not matter; x-gzip is gzip, empty is identity. What common senders write there that
// codes nothing, `none` and names of charsets, is identity too, also in a list. Nothing for others,
// and for several codings at once.
std::optional<ContentCoding> parse_content_coding(std::string_view header);

// The same of all lines of that header.
std::optional<ContentCoding> content_coding_of(const RequestView& request);

// Lifetime  reused from body to body; a large buffer is given back by release().
// Thread    one.
class BodyDecoder {
public:
    BodyDecoder();
    ~BodyDecoder();
    BodyDecoder(const BodyDecoder&) = delete;
    BodyDecoder& operator=(const BodyDecoder&) = delete;

    // The plain body; valid until the next call. Several gzip members or zstd frames are one body.
    // Never takes more memory than about twice what `coded` really becomes, and its window.
    // Errors  invalid    stream.in.badRequest: damaged, cut off, or followed by other bytes
    //         too_large  stream.in.bodyTooLarge: it becomes more than `bytes_max`
    Result<std::string_view> decode(std::string_view coded, ContentCoding coding,
                                    std::uint64_t bytes_max);

    // Gives memory back that only a large body needed.
    void release();

private:
    struct Streams;

    Result<void> inflate_all(std::string_view coded, int window_bits, std::uint64_t bytes_max);
    Result<void> unzstd_all(std::string_view coded, std::uint64_t bytes_max);
    Result<void> make_room(std::uint64_t bytes_max);

    const std::unique_ptr<Streams> streams_;
    std::string plain_;      // grown ahead of what is decoded
    std::size_t bytes_ = 0;  // of plain_, decoded
};

}  // namespace millrace::http
