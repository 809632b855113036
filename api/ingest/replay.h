#pragma once
// The answers to requests with a key that are not new.
//
// See  docs/ingest.md, "Sending again"

#include <cstdint>
#include <string>
#include <string_view>

#include "api/ingest/answer.h"
#include "core/pipeline/key_homes.h"

namespace millrace::ingest {

// What is kept of `answer` to give it again. A report over 64 KB is not kept: a short text says so.
std::string to_remember(const Answer& answer, std::uint64_t records);

// The first answer again, with Idempotency-Replayed: true. Its rows are durable by now, whatever
// the first one promised: Ack: disk.
struct Replayed {
    Answer answer;
    std::uint32_t records = 0;  // of the request
};
Replayed replayed(std::string_view first);

// 409: the first request with the key has no answer yet; Retry-After says when to ask again.
Answer key_in_flight();

// 503: whether the key is new cannot be told while a volume is away, or until its source is on
// record where its rows go now. Not for `here`.
Answer keys_unavailable(pipeline::KeyPlace place);

// 422: the key was used for another request.
Answer key_reused();

}  // namespace millrace::ingest
