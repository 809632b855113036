#pragma once
// Http2Head: the header fields of one HTTP/2 request, as the head that doors know from HTTP/1.1:
// request line, `host`, and the fields in their order, names in lower case.
//
// What nghttp2 checks is not checked again: pseudo fields, which are there, once and first; names
// and values without control characters; no field of a connection; the length of the body.
//
// Thread  the loop's.
// See     RFC 9113 8.2 and 8.3.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/http/connection_limits.h"
#include "api/http/request_parser.h"
#include "core/base/result.h"

namespace millrace::http {

class Http2Head {
public:
    explicit Http2Head(const Limits& limits) : limits_(limits) {}

    // False: it is so much that no more of it should be decoded.
    bool add(std::string_view name, std::string_view value);

    // The fields are all there. The body's length is unknown if no field says it.
    // Errors  invalid    badRequest
    //         too_large  headerTooLarge
    Result<void> finish(bool has_body);

    std::string_view text() const { return text_; }
    const RequestHead& head() const { return head_; }
    std::size_t held_bytes() const;

    // The head of a request that came as HTTP/1.1.
    void take(std::string_view text, const RequestHead& head);

private:
    void begin();
    Piece append(std::string_view name, std::string_view value);
    void note(std::string_view name, Piece value);

    const Limits& limits_;
    std::string method_;
    std::string path_;
    std::string authority_;
    std::string cookies_;  // which may come in pieces
    bool is_begun_ = false;
    bool is_too_large_ = false;
    bool is_taken_ = false;          // it is well, as it was read before
    std::size_t offered_bytes_ = 0;  // of all fields, also those that are not kept
    unsigned authorizations_ = 0;
    std::string text_;
    RequestHead head_;
};

}  // namespace millrace::http
