#include "api/access/sessions.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "api/access/token_digest.h"
#include "tests/support/clocks.h"

namespace millrace::access {
namespace {

class SessionsTest : public testing::Test {
protected:
    Sessions make(SessionLimits limits = {}) {
        return Sessions(
            clock_,
            [this](std::size_t length) {
                auto text = std::to_string(++made_);
                return std::string(length - text.size(), 'x') + text;
            },
            limits);
    }

    test::ManualClock clock_;
    int made_ = 0;
};

TEST_F(SessionsTest, IsFoundByItsIdAndNoOther) {
    auto sessions = make();
    const auto first = sessions.open("token 1");
    const auto second = sessions.open("token 2");
    ASSERT_NE(first.id, second.id);
    ASSERT_TRUE(sessions.find(first.id));
    EXPECT_EQ(sessions.find(first.id)->token_digest, "token 1");
    EXPECT_TRUE(sessions.find(first.id)->csrf.matches(first.session.csrf.expose()));
    EXPECT_FALSE(second.session.csrf.matches(first.session.csrf.expose()));
    EXPECT_EQ(sessions.find(second.id)->token_digest, "token 2");
    for (const auto& wrong : {std::string(), first.id + "x", first.id.substr(1), std::string("x"),
                              token_digest(first.id), first.session.csrf.expose()}) {
        EXPECT_FALSE(sessions.find(wrong)) << wrong;
    }
}

TEST_F(SessionsTest, EndsAfterTwelveHoursWhateverTheWallClockDoes) {
    auto sessions = make();
    const auto opened = sessions.open("token");
    EXPECT_EQ(opened.session.expires_at, clock_.wall() + std::chrono::hours(12));
    clock_.set_ahead(std::chrono::hours(48));
    clock_.advance(std::chrono::hours(12) - std::chrono::milliseconds(1));
    EXPECT_TRUE(sessions.find(opened.id));
    clock_.set_back(std::chrono::hours(48));
    clock_.advance(std::chrono::milliseconds(1));
    EXPECT_FALSE(sessions.find(opened.id));
    sessions.open("token");
    EXPECT_EQ(sessions.count(), 1U) << "what is over is forgotten when the next one is opened";
}

TEST_F(SessionsTest, EndsWhenItIsClosed) {
    auto sessions = make();
    const auto first = sessions.open("token");
    const auto second = sessions.open("token");
    sessions.close(first.id);
    sessions.close("unknown");
    EXPECT_FALSE(sessions.find(first.id));
    EXPECT_TRUE(sessions.find(second.id));
}

TEST_F(SessionsTest, TheOldestOfATokenEndsBeyondItsNumberAndNoOtherTokensDo) {
    auto sessions = make({.of_token = 3, .all = 100});
    const auto other = sessions.open("other");
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) {
        clock_.advance(std::chrono::seconds(1));
        ids.push_back(sessions.open("token").id);
    }
    EXPECT_FALSE(sessions.find(ids[0]));
    EXPECT_FALSE(sessions.find(ids[1]));
    for (int i = 2; i < 5; ++i) EXPECT_TRUE(sessions.find(ids[static_cast<std::size_t>(i)])) << i;
    EXPECT_TRUE(sessions.find(other.id));
}

TEST_F(SessionsTest, TheirNumberIsBounded) {
    auto sessions = make({.of_token = 3, .all = 10});
    for (int i = 0; i < 100; ++i) {
        clock_.advance(std::chrono::seconds(1));
        const auto opened = sessions.open("token " + std::to_string(i));
        EXPECT_TRUE(sessions.find(opened.id));
        EXPECT_LE(sessions.count(), 10U);
    }
}

}  // namespace
}  // namespace millrace::access
