#pragma once
// A second opinion on where the requests in a stream of bytes are, and on the answers to them.
//
// It is written from RFC 9112 and docs/ingest.md, knows nothing of the product's parser, sees all
// bytes at once, and rather leaves open what is odd than to guess.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::fuzz {

struct OracleLimits {
    std::size_t head_bytes;
    std::size_t body_bytes;
};

struct Expected {
    enum class Kind {
        stored,      // 200, and its body is the row
        answered,    // some answer; rows only if it is a success and may_store
        refused,     // 4xx, and nothing behind it is read
        unfinished,  // no answer: more bytes are needed
        unclear,     // who knows: nothing is expected from here on
    };
    Kind kind = Kind::unclear;
    std::string body = {};   // of a stored one
    bool may_store = false;  // of an answered one
    bool may_end = false;    // answered before its body had come: nothing behind it is read
    bool must_end = false;   // the client wants to end the connection
    bool is_head = false;    // its answer has no body
    bool may_be_told_to_continue = false;
};

// What is expected of the requests in `bytes`; the last one only may be refused, unfinished or
// unclear.
std::vector<Expected> expect(std::string_view bytes, const OracleLimits& limits);

struct WireAnswer {
    int status = 0;
    bool ends = false;  // Connection: close
    std::string body;
    std::size_t end = 0;  // its place in what was received
};

// The next answer from `at` on, read strictly; nothing if there is none, a part of one, or
// something else.
std::optional<WireAnswer> read_answer(std::string_view received, std::size_t at, bool is_head);

}  // namespace millrace::fuzz
