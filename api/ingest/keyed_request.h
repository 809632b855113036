#pragma once
// KeyedRequest: what a request with an idempotency key takes along on its way to the journal.

#include <cstddef>
#include <cstdint>

#include "core/base/time.h"
#include "core/pipeline/idempotency_window.h"

namespace millrace::ingest {

struct KeyedRequest {
    pipeline::IdempotencyWindow::Claim claim;  // the key is free again where the request ends early
    AgeTime expires_at;                        // its answer is forgotten then
    std::uint64_t keys_max = 0;                // of its source
    std::size_t lane = 0;                      // its answer may be journaled there only
};

}  // namespace millrace::ingest
