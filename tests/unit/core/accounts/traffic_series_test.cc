#include "core/accounts/traffic_series.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace millrace::accounts {
namespace {

using std::chrono::seconds;

constexpr std::int64_t kBegin = 1'700'000'000;  // Unix seconds

HistogramTotals times(std::uint64_t fast, std::uint64_t slow) {
    HistogramTotals totals;
    totals.first_bit = kFirstBitOfTimes;
    totals.counts[10] = fast;  // up to 1.05 ms
    totals.counts[20] = slow;  // up to 1.07 s
    return totals;
}

// A series that was noted every ten seconds, `per_second` records coming in each second.
class Noted {
public:
    void go_on(int steps, std::uint64_t per_second) {
        for (int i = 0; i < steps; ++i) {
            totals_.records += per_second * 10;
            totals_.bytes += per_second * 1000;
            totals_.answer_times.first_bit = kFirstBitOfTimes;
            totals_.answer_times.counts[10] += per_second * 10;
            now_ += 10;
            note();
        }
    }
    void note() {
        series.note(totals_, WallTime{(kBegin + now_) * 1000}, SteadyTime{} + seconds(now_));
    }

    TrafficSeries series;

private:
    TrafficTotals totals_;
    std::int64_t now_ = 0;
};

TEST(TrafficSeriesTest, NothingIsKnownBeforeTheFirstStep) {
    Noted noted;
    EXPECT_EQ(noted.series.now().seconds, 0);
    noted.note();
    EXPECT_EQ(noted.series.now().seconds, 0);
    EXPECT_EQ(noted.series.hour().seconds, 0);
    EXPECT_TRUE(noted.series.short_steps().empty());
}

TEST(TrafficSeriesTest, RatesAreOfTheLastStepAndOfTheHour) {
    Noted noted;
    noted.note();
    noted.go_on(30, 100);
    noted.go_on(1, 0);
    EXPECT_EQ(noted.series.now().records, 0);
    EXPECT_FALSE(noted.series.now().answer_p99_ms);
    EXPECT_NEAR(noted.series.hour().records, 100.0 * 30 / 31, 0.01);
    EXPECT_EQ(noted.series.hour().seconds, 310);
    EXPECT_EQ(noted.series.short_steps().size(), 31U);
    EXPECT_EQ(noted.series.long_steps().size(), 1U);
    EXPECT_EQ(noted.series.long_steps()[0].rates.records, 100);
    EXPECT_EQ(noted.series.long_steps()[0].end, kBegin + 300);
}

TEST(TrafficSeriesTest, ItsSizeDoesNotGrow) {
    Noted noted;
    noted.note();
    noted.go_on(3 * 24 * 360, 1);
    EXPECT_EQ(noted.series.short_steps().size(), TrafficSeries::kShortSteps);
    EXPECT_EQ(noted.series.long_steps().size(), TrafficSeries::kLongSteps);
    EXPECT_LE(noted.series.hour().seconds, 3600 + 300);
    EXPECT_GE(noted.series.hour().seconds, 3600);
    EXPECT_LT(noted.series.encode().size(), 64U << 10);
}

TEST(TrafficSeriesTest, AWallClockThatStepsBackLeavesTheStepsInOrder) {
    TrafficSeries series;
    TrafficTotals totals;
    for (const std::int64_t wall : {100, 110, 120, 50, 60}) {
        series.note(totals, WallTime{wall * 1000}, SteadyTime{} + seconds(++totals.records));
    }
    const auto steps = series.short_steps();
    ASSERT_EQ(steps.size(), 2U);
    EXPECT_EQ(steps[0].end, 50);
    EXPECT_EQ(steps[1].end, 60);
}

TEST(TrafficSeriesTest, P99IsWhereOneInAHundredIsSlower) {
    EXPECT_FALSE(p99_of(times(10, 3), times(10, 3)));
    const auto fast = p99_of(times(0, 0), times(1000, 5));
    ASSERT_TRUE(fast);
    EXPECT_LE(*fast, 1.1);
    const auto slow = p99_of(times(1000, 0), times(1100, 5));
    ASSERT_TRUE(slow);
    EXPECT_GT(*slow, 500);
    EXPECT_LT(*slow, 1100);
}

TEST(TrafficSeriesTest, WhatWasKeptIsThereAgain) {
    Noted noted;
    noted.note();
    noted.go_on(40, 12);
    const auto text = noted.series.encode();
    TrafficSeries again;
    ASSERT_TRUE(again.decode(text));
    EXPECT_EQ(again.encode(), text);
    EXPECT_EQ(again.short_steps().size(), 40U);
    EXPECT_EQ(again.now().seconds, 0) << "rates are of this process";
}

TEST(TrafficSeriesTest, WhatIsTornOrOfAnotherVersionIsNotTaken) {
    Noted noted;
    noted.note();
    noted.go_on(3, 5);
    const auto text = noted.series.encode();
    TrafficSeries series;
    for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
        EXPECT_FALSE(series.decode(std::string_view(text).substr(0, bytes))) << bytes;
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto other = text;
        other[at] = static_cast<char>(other[at] ^ 1);
        EXPECT_FALSE(series.decode(other)) << at;
    }
    EXPECT_FALSE(series.decode("millrace-traffic 2\n"));
    EXPECT_TRUE(series.short_steps().empty());
    EXPECT_TRUE(series.decode(text));
}

}  // namespace
}  // namespace millrace::accounts
