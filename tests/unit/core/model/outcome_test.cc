#include "core/model/outcome.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(OutcomeTest, WhatAFullSinkWouldHaveKeptItRefuses) {
    Outcome outcome{.records = 3, .accepted = 2, .kept = 1};
    outcome.sinks = {{.accepted = 3}, {.accepted = 2, .rejected = 1, .kept = 1}};
    outcome.refuse_kept();
    EXPECT_EQ(outcome.accepted, 1U);
    EXPECT_EQ(outcome.rejected(), 2U);
    EXPECT_FALSE(outcome.sinks[0].refused);
    EXPECT_EQ(outcome.sinks[0].accepted, 3U);
    EXPECT_TRUE(outcome.sinks[1].refused);
    EXPECT_TRUE(outcome.sinks[1].is_full);
    EXPECT_EQ(outcome.sinks[1].accepted, 1U);
    EXPECT_EQ(outcome.sinks[1].rejected, 2U);
    EXPECT_EQ(outcome.sinks[1].kept, 0U);
}

}  // namespace
}  // namespace millrace
