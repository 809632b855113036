#include "core/base/histogram.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(HistogramTest, ABucketHoldsTheValuesUpToItsUpperBound) {
    Histogram histogram(0);
    for (const std::uint64_t value : {0U, 1U, 2U, 3U, 4U, 5U}) histogram.observe(value);
    HistogramTotals totals;
    histogram.add_to(totals);
    EXPECT_EQ(totals.upper(0), 1U);
    EXPECT_EQ(totals.counts[0], 2U);  // 0, 1
    EXPECT_EQ(totals.upper(1), 2U);
    EXPECT_EQ(totals.counts[1], 1U);
    EXPECT_EQ(totals.upper(2), 4U);
    EXPECT_EQ(totals.counts[2], 2U);  // 3, 4
    EXPECT_EQ(totals.counts[3], 1U);
    EXPECT_EQ(totals.sum, 15U);
}

TEST(HistogramTest, TimesBeginWithAMicrosecondAndTheLastBucketTakesTheRest) {
    Histogram histogram(kFirstBitOfTimes);
    histogram.observe(std::chrono::nanoseconds(-5));
    histogram.observe(std::chrono::nanoseconds(1024));
    histogram.observe(std::chrono::nanoseconds(1025));
    histogram.observe(std::chrono::hours(1));
    HistogramTotals totals;
    histogram.add_to(totals);
    EXPECT_EQ(totals.upper(0), 1024U);
    EXPECT_EQ(totals.counts[0], 2U);
    EXPECT_EQ(totals.counts[1], 1U);
    EXPECT_EQ(totals.counts[HistogramTotals::kBuckets - 1], 1U);
}

TEST(HistogramTest, TotalsAddUp) {
    Histogram one(0), other(0);
    one.observe(std::uint64_t{7});
    other.observe(std::uint64_t{8});
    HistogramTotals totals;
    one.add_to(totals);
    other.add_to(totals);
    EXPECT_EQ(totals.counts[3], 2U);
    EXPECT_EQ(totals.sum, 15U);
}

}  // namespace
}  // namespace millrace
