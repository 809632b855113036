#pragma once
// AnswerHeads: the header lines that every answer of a loop has at the moment (Server, Date, how
// long the connection is kept), made once a second, and the heads of the plain `OK` made of them:
// an answer copies them.
//
// Thread  its loop's.
// See     RFC 9110 6.6.1 (Date), RFC 2068 19.7.1.1 (Keep-Alive)

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace millrace::http {

class AnswerHeads {
public:
    // `idle_time`: how long a connection is kept without a request; clients are told its whole
    // seconds.
    AnswerHeads(Milliseconds idle_time, WallTime now);

    // Makes them anew if the second is another one.
    void tell_time(WallTime now);

    // Header lines with their line ends; valid until tell_time().
    std::string_view lines(bool is_http_11, bool keep_alive) const {
        return lines_[index(is_http_11, keep_alive)];
    }

    // The head of `OK` with status 200 or 202, without the empty line.
    std::string_view plain_ok(int status, bool is_http_11, bool keep_alive) const {
        return plain_ok_[(status == 202 ? 4U : 0U) + index(is_http_11, keep_alive)];
    }

private:
    static unsigned index(bool is_http_11, bool keep_alive) {
        return (is_http_11 ? 2U : 0U) + (keep_alive ? 1U : 0U);
    }

    const std::int64_t idle_seconds_;
    std::int64_t second_;  // that they were made for
    std::array<std::string, 4> lines_;
    std::array<std::string, 8> plain_ok_;
};

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(WallTime time);

}  // namespace millrace::http
