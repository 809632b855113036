#pragma once
// What the ingest door remembers of an answer, for tests below the doors.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/wire.h"

namespace millrace::testing_support {

struct OutcomeText {
    std::uint16_t status = 200;
    std::uint8_t media = 0;  // 0 none, 1 text/plain, 2 application/json
    std::uint32_t records = 0;
    std::string_view headers = "";
    std::string_view body = "";
};

// As docs/formats/outcome.md has it.
inline std::string outcome_bytes(const OutcomeText& text) {
    std::string bytes;
    put(bytes, text.status);
    put(bytes, text.media);
    put(bytes, std::uint8_t{0});
    put(bytes, text.records);
    put(bytes, static_cast<std::uint32_t>(text.headers.size()));
    put(bytes, static_cast<std::uint32_t>(text.body.size()));
    bytes += text.headers;
    bytes += text.body;
    return bytes;
}

}  // namespace millrace::testing_support
