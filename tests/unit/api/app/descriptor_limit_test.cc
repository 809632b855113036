#include "api/app/descriptor_limit.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace {
namespace {

TEST(DescriptorLimitTest, ConnectionsLeaveTheServiceWhatItNeeds) {
    struct Case {
        std::uint64_t allowed;
        std::uint32_t wanted;
        std::uint32_t connections;
        std::uint32_t api_connections;
        std::size_t open_slices;
    };
    const std::vector<Case> cases = {
        {descriptors_for(20'000, 1), 20'000, 20'000, 256, 2048},
        {1024 + 20'000, 20'000, 20'000, 256, 256},
        {1024 + 19'999, 20'000, 19'999, 256, 256},
        {1024, 20'000, 512, 128, 128},
        {256, 20'000, 128, 32, 32},
        {256, 10, 10, 32, 150},
        {1 << 20, 20'000, 20'000, 256, 2048},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(testing::Message() << one.wanted << " of " << one.allowed);
        const auto shares = share_descriptors(one.allowed, one.wanted, 1);
        EXPECT_EQ(shares.connections, one.connections);
        EXPECT_EQ(shares.api_connections, one.api_connections);
        EXPECT_EQ(shares.open_slices, one.open_slices);
    }
    EXPECT_EQ(share_descriptors(256, 20'000, 4).open_slices, 8U) << "of each volume";
}

}  // namespace
}  // namespace millrace
