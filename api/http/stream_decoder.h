#pragma once
// StreamDecoder: the bytes of a compressed body, as they come -> plain bytes, piece by piece.
//
//     auto coded = bytes that have come;
//     while (true) {
//         TRY_ASSIGN(const auto plain, decoder.next(coded));
//         if (plain.empty()) break;      // `coded` is used up
//         ...                            // or come back later, with what is left of `coded`
//     }
//     ...
//     TRY(decoder.finish());             // after the last byte
//
// A piece is at most kPieceBytes however much the bytes become, so a bomb costs time, not memory;
// beside it there is the window of the coding: at most 8 MB (zstd), 4 MB (bz2, lz4), 32 KB (gzip,
// deflate). Several gzip members, zstd or lz4 frames or bz2 streams are one body. A body
// without bytes is an empty body in every coding.
//
// Thread  one at a time.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "api/http/stream_coding.h"
#include "core/base/result.h"

namespace millrace::http {

class StreamDecoder {
public:
    static constexpr std::size_t kPieceBytes = 64 << 10;

    StreamDecoder(StreamCoding coding, std::uint64_t plain_bytes_max);
    ~StreamDecoder();
    StreamDecoder(const StreamDecoder&) = delete;
    StreamDecoder& operator=(const StreamDecoder&) = delete;

    // The next plain bytes; removes from `coded` what it has used of it. Empty once `coded` is and
    // nothing is left to give. They live until the next call; without a coding they are of `coded`.
    // Errors  invalid, for the client: damaged, or followed by other bytes
    //         too_large, for the client: it becomes more than plain_bytes_max
    //         After an error every call fails with it
    Result<std::string_view> next(std::string_view& coded);

    // No more bytes will come, and next() has given all.
    // Errors  as next(); invalid: the body is cut off
    Result<void> finish();

    std::uint64_t coded_bytes() const { return coded_bytes_; }  // used so far
    std::uint64_t plain_bytes() const { return plain_bytes_; }  // given so far

    class Codec;  // one library

private:
    Result<std::string_view> decode(std::string_view& coded);
    Result<void> count(std::size_t plain_bytes);
    Error damaged(std::string_view in) const;

    const StreamCoding coding_;
    const std::uint64_t plain_bytes_max_;
    std::unique_ptr<Codec> codec_;  // none without a coding
    std::string piece_;
    std::uint64_t coded_bytes_ = 0;
    std::uint64_t plain_bytes_ = 0;
    std::uint64_t member_begin_ = 0;  // in coded bytes
    std::string member_head_;         // its first bytes that were taken
    bool is_between_ = true;          // members: the last one has ended, or none has begun
    bool has_more_ = false;           // to give without another byte
    std::unique_ptr<Error> failure_;
};

}  // namespace millrace::http
