#pragma once
// ProxyLog: the line that says that a trusted proxy does not begin its connections as it should.
//
// Thread  any.

#include <string>
#include <string_view>

#include "api/log/throttle.h"

namespace millrace::log {

class ProxyLog {
public:
    void note(const std::string& proxy, std::string_view cause);

private:
    Throttle throttle_;
};

}  // namespace millrace::log
