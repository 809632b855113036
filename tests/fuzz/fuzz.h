#pragma once
// The entry point of a fuzzer, and what all of them check with.
//
// A finding is a check() that fails: it aborts with the values. Put the input into the corpus.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/check.h"
#include "core/mapping/record.h"

// Tries one input; always returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace millrace::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

inline Record event_of(std::string_view body, std::string_view content_type = "application/json") {
    static const RequestHeader headers[] = {{"Host", "example.com"}, {"X-Tag", "a\"b"}};
    return {.arrived_at = {1'767'323'045'678},
            .client_ip = "192.0.2.7",
            .headers = headers,
            .content_type = content_type,
            .body = body};
}

}  // namespace millrace::fuzz
