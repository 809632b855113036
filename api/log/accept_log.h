#pragma once
// AcceptLog: the line that says that the connections of a port cannot be accepted.
//
// Thread  any.

#include <string>

#include "api/log/throttle.h"

namespace millrace::log {

class AcceptLog {
public:
    void note(const std::string& cause);

private:
    Throttle throttle_;
};

}  // namespace millrace::log
