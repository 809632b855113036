#pragma once
// ReplyLink: what others keep of an exchange that may be released before they answer it.
//
// Thread  the loop's.

#include "api/http/door.h"

namespace millrace::stream_load {

struct ReplyLink {
    http::ResponseWriter* writer = nullptr;  // null: answered, or the exchange is gone

    void reply(const http::Answer& answer) {
        auto* const open = writer;
        writer = nullptr;  // the exchange may be released before reply() returns
        if (open != nullptr) open->reply(answer);
    }
};

}  // namespace millrace::stream_load
