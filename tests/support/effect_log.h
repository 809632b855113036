#pragma once
// Log: the order of all effects that a test is after.

#include <string>
#include <vector>

namespace millrace::fakes {

using Log = std::vector<std::string>;

}  // namespace millrace::fakes
