#pragma once
// Record: one event with its context, as views into the connection's buffers.

#include <span>
#include <string_view>

#include "core/base/time.h"

namespace millrace {

struct RequestHeader {
    std::string_view name;   // as sent
    std::string_view value;  // without surrounding white space
};

struct Record {
    WallTime arrived_at;
    std::string_view client_ip;
    std::span<const RequestHeader> headers;
    std::string_view content_type;  // the header's value; empty if absent
    std::string_view body;          // any bytes
    AgeTime age = {};               // of its arrival: from then on a reject is kept
};

}  // namespace millrace
