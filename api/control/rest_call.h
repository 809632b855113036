#pragma once
// RestCall: one checked request on its way to the REST server, and what comes back.

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "api/control/http_message.h"
#include "api/http/answer.h"

namespace millrace::control {

struct RestCall {
    std::string text;  // request line, headers and body, whole; its framing has been checked
    bool has_body = false;
    std::string client_ip;
    std::optional<Waiting> waiting;  // as the call before said, if it is made again
    // True once nobody waits for the answer any more; null: that is not looked for.
    std::shared_ptr<const std::atomic<bool>> is_abandoned = nullptr;
};

// Either an answer, or when the call is to be made again.
struct RestResult {
    http::Answer answer;
    std::optional<Waiting> waiting;
};

}  // namespace millrace::control
