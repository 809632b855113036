#pragma once
// How many files and sockets the process may have open.

#include <cstdint>

namespace millrace {

// Raises the soft limit to `wanted`, or as far as the hard limit allows; never lowers it. Returns
// the limit in force.
std::uint64_t raise_descriptor_limit(std::uint64_t wanted);

}  // namespace millrace
