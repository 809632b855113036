#pragma once
// How many files and sockets the process may have open.

#include <cstddef>
#include <cstdint>

namespace millrace {

// So many are enough for everything.
std::uint64_t descriptors_for(std::uint32_t connections, std::size_t volumes);

// Raises the soft limit to `wanted`, or as far as the hard limit allows; never lowers it. Returns
// the limit in force.
std::uint64_t raise_descriptor_limit(std::uint64_t wanted);

// What the descriptors are for.
struct DescriptorShares {
    std::uint32_t connections = 0;      // of ingest
    std::uint32_t api_connections = 0;  // a quarter of the service's own
    std::size_t open_slices = 0;        // of each volume
};

// Shares `allowed` descriptors out: first what the service needs for itself, at most half of a few,
// then the connections that are wanted; what is left keeps files of slices open.
DescriptorShares share_descriptors(std::uint64_t allowed, std::uint32_t connections,
                                   std::size_t volumes);

}  // namespace millrace
