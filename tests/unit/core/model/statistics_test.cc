#include "core/model/statistics.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(StatisticsTest, AddSumsAndKeepsTheOutermostTimes) {
    LevelStatistics total{
        .rows = 2, .csv_bytes = 20, .staged_bytes = 5, .first_at = {1000}, .last_at = {2000}};
    total.add(
        {.rows = 1, .csv_bytes = 10, .staged_bytes = 4, .first_at = {500}, .last_at = {1500}});
    EXPECT_EQ(
        total,
        (LevelStatistics{
            .rows = 3, .csv_bytes = 30, .staged_bytes = 9, .first_at = {500}, .last_at = {2000}}));
}

TEST(StatisticsTest, TimesOfNoRowsDoNotCount) {
    const LevelStatistics one{
        .rows = 1, .csv_bytes = 10, .staged_bytes = 0, .first_at = {500}, .last_at = {500}};
    LevelStatistics total;
    total.add(one);
    EXPECT_EQ(total, one);
    total.add(LevelStatistics{});
    EXPECT_EQ(total, one);
}

}  // namespace
}  // namespace millrace
