#pragma once
// ReplyLink: what others keep of an exchange that may be released before they answer it.
//
// A client that sends its whole body before it reads would never read an answer that ends the
// connection in the middle. So an answer waits while a body is coming.
//
// Thread  the loop's.

#include <optional>
#include <utility>

#include "api/http/door.h"

namespace millrace::http {

struct ReplyLink {
    ResponseWriter* writer = nullptr;  // null: answered, or the exchange is gone
    bool is_body_coming = false;
    std::optional<Answer> waiting = std::nullopt;  // for the end of the body

    void reply(const Answer& answer) {
        if (is_body_coming && writer != nullptr) {
            waiting = answer;
            return writer->resume_body();  // what comes is dropped
        }
        auto* const open = writer;
        writer = nullptr;  // the exchange may be released before reply() returns
        if (open != nullptr) open->reply(answer);
    }

    // The body has ended, or is not waited for any more.
    void end_wait() {
        is_body_coming = false;
        if (!waiting) return;
        const auto answer = std::move(*waiting);
        waiting.reset();
        reply(answer);
    }
};

}  // namespace millrace::http
