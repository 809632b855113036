#pragma once
// Requester: whoever sent a request and waits for its answer.

#include <string_view>

#include "api/ingest/answer.h"

namespace millrace::ingest {

class Requester {
public:
    virtual ~Requester() = default;

    // One of these is called once for every request that was taken, possibly at once.
    virtual void reply(const Answer& answer) = 0;
    // Plain `OK` with status 200 or 202 and further header lines.
    virtual void reply_ok(int status, std::string_view headers) = 0;
};

}  // namespace millrace::ingest
