#pragma once
// The offer of an HTTP/1.1 client to go on with HTTP/2 (Upgrade: h2c).
//
// See  RFC 7540 3.2

#include <optional>
#include <string>

#include "api/http/door.h"

namespace millrace::http {

// The request with which an HTTP/1.1 client has changed to HTTP/2; its answer is that of stream 1.
struct Http2Upgrade {
    std::string settings;  // payload of a SETTINGS frame
    RequestView request;
};

// The settings of a request that offers to go on with HTTP/2; nothing where it is no such offer.
std::optional<std::string> settings_of_upgrade(const RequestView& request);

}  // namespace millrace::http
