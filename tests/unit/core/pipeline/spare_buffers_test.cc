#include "core/pipeline/spare_buffers.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::pipeline {
namespace {

std::string of_capacity(std::size_t bytes) {
    std::string buffer;
    buffer.reserve(bytes);
    return buffer;
}

TEST(SpareBuffersTest, GivesBackWhatItWasGivenEmpty) {
    SpareBuffers spares;
    EXPECT_EQ(spares.take().capacity(), std::string().capacity());
    auto rows = of_capacity(200'000);
    rows = "rows";
    const auto* const memory = rows.data();
    spares.give(std::move(rows));
    const auto again = spares.take();
    EXPECT_EQ(again.data(), memory);
    EXPECT_TRUE(again.empty());
    EXPECT_LT(spares.take().capacity(), 200'000U) << "it is given once";
}

// Goal    a burst of large rows does not stay in memory.
TEST(SpareBuffersTest, KeepsFewAndNoneThatIsLargeOrNotWorthIt) {
    SpareBuffers spares;
    spares.give(of_capacity(4 << 20));
    spares.give(of_capacity(100));
    EXPECT_LT(spares.take().capacity(), 100U);
    for (int i = 0; i < 10; ++i) spares.give(of_capacity(1 << 20));
    int kept = 0;
    while (spares.take().capacity() >= 1 << 20) ++kept;
    EXPECT_EQ(kept, 4);
}

}  // namespace
}  // namespace millrace::pipeline
