#pragma once
// What a loop of the data plane gives to doors behind the same listener, besides that for events.

#include <functional>
#include <memory>
#include <vector>

#include "api/access/wrong_tokens.h"
#include "api/doors/refusal_log.h"
#include "api/http/door.h"
#include "core/pipeline/intake.h"

namespace millrace::ingest {

// Everything here outlives the doors of the loop.
struct LoopSeams {
    pipeline::Intake& intake;
    Clock& clock;
    doors::RefusalLog& refusal_log;
    access::WrongTokens* wrong_secrets;                    // of URLs; null: nobody counts them
    std::function<void(std::function<void()> step)> post;  // to the loop, from any thread
};

// Called once per loop; the doors are asked in that order, before that for events.
using MakeDoors = std::function<std::vector<std::unique_ptr<http::Door>>(const LoopSeams& seams)>;

}  // namespace millrace::ingest
