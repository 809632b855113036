#include "api/app/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace millrace {
namespace {

constexpr std::uint64_t kOwnDescriptors = 1024;  // journals, catalog, targets, REST API, workers
constexpr std::size_t kOpenSlicesMax = 2048;     // of a volume; more need not be open at one time

}  // namespace

std::uint64_t descriptors_for(std::uint32_t connections, std::size_t volumes) {
    return kOwnDescriptors + connections + kOpenSlicesMax * volumes;
}

std::uint64_t raise_descriptor_limit(std::uint64_t wanted) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    const auto before = limit.rlim_cur;
    limit.rlim_cur = std::clamp<rlim_t>(wanted, before, std::max(before, limit.rlim_max));
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

DescriptorShares share_descriptors(std::uint64_t allowed, std::uint32_t connections,
                                   std::size_t volumes) {
    const auto own = std::min(kOwnDescriptors, allowed / 2);
    const auto shared = std::min<std::uint64_t>(connections, allowed - own);
    // Where they are few the service's own are too: a part of them is for slices.
    const auto for_slices = allowed - own - shared + own / 4;
    return {.connections = static_cast<std::uint32_t>(shared),
            .api_connections = static_cast<std::uint32_t>(std::max<std::uint64_t>(own / 4, 1)),
            .open_slices = std::clamp<std::size_t>(for_slices / std::max<std::size_t>(volumes, 1),
                                                   1, kOpenSlicesMax)};
}

}  // namespace millrace
