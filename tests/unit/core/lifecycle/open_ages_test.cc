#include "core/lifecycle/open_ages.h"

#include <gtest/gtest.h>

#include "tests/support/manual_executor.h"

namespace millrace::lifecycle {
namespace {

const Uuid kId = make_uuid_v7(AgeTime{1}, 1, 1);

struct OpenAgesTest : testing::Test {
    Milliseconds age(WallTime opened_at) {
        ages.look(moment_of(clock));
        return ages.of(kId, opened_at);
    }

    test::ManualClock clock;
    OpenAges ages;
};

TEST_F(OpenAgesTest, AgeCountsFromTheOpening) {
    const auto opened_at = clock.wall();
    clock.advance(Milliseconds(300));
    EXPECT_EQ(age(opened_at), Milliseconds(300)) << "also before it was first seen";
    clock.advance(Milliseconds(100));
    EXPECT_EQ(age(opened_at), Milliseconds(400));
}

TEST_F(OpenAgesTest, WhatWasOpenedInTheFutureAgesFromTheFirstLook) {
    const auto opened_at = clock.wall() + std::chrono::hours(24);
    EXPECT_EQ(age(opened_at), Milliseconds(0));
    for (int i = 1; i <= 3; ++i) {
        clock.advance(Milliseconds(100));
        EXPECT_EQ(age(opened_at), Milliseconds(i * 100));
    }
}

TEST_F(OpenAgesTest, WhatALookDoesNotAskForIsForgotten) {
    const auto opened_at = clock.wall() + std::chrono::hours(24);
    age(opened_at);
    clock.advance(Milliseconds(100));
    ages.look(moment_of(clock));
    clock.advance(Milliseconds(100));
    EXPECT_EQ(age(opened_at), Milliseconds(0));
}

}  // namespace
}  // namespace millrace::lifecycle
