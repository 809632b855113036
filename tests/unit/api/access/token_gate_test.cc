#include "api/access/token_gate.h"

#include <gtest/gtest.h>

#include <string>

#include "api/access/token_digest.h"
#include "tests/support/clocks.h"
#include "tests/support/manual_ports.h"

namespace millrace::access {
namespace {

const ProjectId kProject(1);
const std::string kPeer = "10.0.0.1";

ApiToken token(const std::string& text, TokenRole role, std::vector<std::string> buckets = {}) {
    return {.project = kProject,
            .id = TokenId("id of " + text),
            .digest = token_digest(text),
            .description = text,
            .role = role,
            .buckets = std::move(buckets),
            .created = {}};
}

class TokenGateTest : public testing::Test {
protected:
    TokenGateTest() {
        EXPECT_TRUE(catalog_.add_token(token("all", TokenRole::admin), 10).value());
        EXPECT_TRUE(catalog_.add_token(token("eyes", TokenRole::readonly), 10).value());
        tokens_ = LiveTokens::read(catalog_, kProject).value();
        EXPECT_TRUE(
            tokens_->add_token(token("loader", TokenRole::load, {"in.c-testdb", "in.c-b"}), 10)
                .value());
        gate_.emplace(Secret("own"), *tokens_, wrong_, clock_);
    }

    std::string refusal(std::string_view authorization) {
        const auto checked = gate_->check(authorization, kPeer);
        return checked.ok() ? "" : checked.error().name();
    }

    fakes::MemoryTokens catalog_;
    test::ManualClock clock_;
    WrongTokens wrong_{clock_};
    std::unique_ptr<LiveTokens> tokens_;
    std::optional<TokenGate> gate_;
};

TEST_F(TokenGateTest, ATokenIsThePasswordOfAnyUserOrABearer) {
    for (const auto* given : {
             "Basic cm9vdDpsb2FkZXI=",  // root:loader
             "basic OmxvYWRlcg==",      // :loader
             "Basic OmxvYWRlcg",        // without padding
             "BASIC  cm9vdDpsb2FkZXI= ",
             "Bearer loader",
         }) {
        const auto grant = gate_->check(given, kPeer);
        ASSERT_TRUE(grant.ok()) << given;
        EXPECT_EQ(grant.value().role(), TokenRole::load);
    }
    for (const auto* given : {
             "Basic cm9vdDp3cm9uZw==",  // root:wrong
             "Basic bG9hZGVy",          // no colon
             "Basic bG9hZGVyOg==",      // the token as the user
             "Basic !!!!",
             "Basic c",
             "Basic",
             "Bearer",
             "Bearer loade",
             "loader",
             "Digest loader",
         }) {
        EXPECT_EQ(refusal(given).substr(0, 11), "stream.api.") << given;
    }
}

TEST_F(TokenGateTest, EachRoleMayWhatItIsFor) {
    const auto loader = gate_->check("Bearer loader", kPeer).value();
    EXPECT_TRUE(loader.may_load("in.c-testdb"));
    EXPECT_TRUE(loader.may_read("in.c-b"));
    for (const auto* other : {"in.c-testd", "in.c-testdb2", "out.c-testdb", ""}) {
        EXPECT_FALSE(loader.may_load(other)) << other;
        EXPECT_FALSE(loader.may_read(other)) << other;
    }
    const auto eyes = gate_->check("Bearer eyes", kPeer).value();
    EXPECT_FALSE(eyes.may_load("in.c-testdb"));
    EXPECT_TRUE(eyes.may_read("in.c-testdb"));
    for (const auto* admin : {"Bearer all", "Bearer own"}) {
        const auto grant = gate_->check(admin, kPeer).value();
        EXPECT_TRUE(grant.may_load("in.c-testdb"));
        EXPECT_TRUE(grant.may_read("in.c-testdb"));
    }
}

TEST_F(TokenGateTest, ADeletedTokenIsRefusedFromThenOn) {
    EXPECT_EQ(refusal("Bearer loader"), "");
    ASSERT_TRUE(tokens_->delete_token(kProject, TokenId("id of loader")).value());
    EXPECT_EQ(refusal("Bearer loader"), "stream.api.unauthorized");
    EXPECT_FALSE(tokens_->find_token(kProject, token_digest("loader")).value());
}

TEST_F(TokenGateTest, WrongTokensAreCountedAndSlowedDownAndRightOnesAreNot) {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(refusal("Bearer wrong"), "stream.api.unauthorized");
    EXPECT_EQ(refusal("Bearer wrong"), "stream.api.tooManyWrongTokens");
    EXPECT_EQ(refusal("Basic !"), "stream.api.tooManyWrongTokens");
    EXPECT_EQ(refusal("Bearer loader"), "");
    EXPECT_EQ(wrong_.count(), 12U);
    EXPECT_EQ(refusal(""), "stream.api.unauthorized") << "nothing was guessed";
    EXPECT_EQ(wrong_.count(), 12U);
}

}  // namespace
}  // namespace millrace::access
