#pragma once
// What is remembered of the answer to a request with a key, to give it again.
//
// Format  docs/formats/outcome.md
// See     docs/ingest.md, "Sending again"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/doors/door_answer.h"

namespace millrace::doors {

// `records`: of the request. A report over 64 KB is not remembered: a short text says so.
std::string encode_outcome(const Answer& answer, std::uint64_t records);

struct RememberedOutcome {
    Answer answer;
    std::uint64_t records = 0;
};

// Nothing for bytes that encode_outcome() does not return.
std::optional<RememberedOutcome> decode_outcome(std::string_view bytes);

// The first answer as it is given again, with Idempotency-Replayed: true. Its rows are durable by
// now, whatever the first one promised: Ack: disk.
Answer replayed(Answer first);

}  // namespace millrace::doors
