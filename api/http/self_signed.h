#pragma once
// A certificate that is its own authority, for trying TLS out.

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace millrace::http {

struct SelfSigned {
    std::string certificate;  // PEM, as the next
    std::string key;
};

// For the names and IP addresses `hosts`, at least one; valid from a day before `now` for a year,
// which is what browsers take.
// Errors  internal: OpenSSL could not make it
Result<SelfSigned> make_self_signed(const std::vector<std::string>& hosts, WallTime now);

}  // namespace millrace::http
