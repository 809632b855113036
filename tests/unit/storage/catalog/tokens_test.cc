#include "storage/catalog/tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/storage/catalog/catalog_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing_support::TempDirectory;

const ProjectId kProject{1};
constexpr std::uint64_t kLimit = 100;

ApiToken make_token(const std::string& id, ProjectId project = kProject) {
    return {.project = project,
            .id = TokenId(id),
            .digest = "digest of " + id,
            .description = "CI \"žluť\"",
            .role = TokenRole::admin,
            .buckets = {},
            .created = {.at = WallTime{7},
                        .by = {.type = "user", .token_id = "admin", .token_description = "a"}}};
}

class TokensTest : public CatalogTest {
protected:
    TokenCatalog& catalog() { return *catalog_; }
};

TEST_F(TokensTest, ATokenIsFoundByItsDigestAfterReopening) {
    const auto token = make_token("b");
    ASSERT_TRUE(catalog().add_token(token, kLimit).value());
    reopen();
    EXPECT_EQ(catalog().find_token(kProject, token.digest).value(), token);
    EXPECT_EQ(catalog().find_token(kProject, "digest").value(), std::nullopt);
    EXPECT_EQ(catalog().find_token(ProjectId(2), token.digest).value(), std::nullopt);
}

TEST_F(TokensTest, ATokenThatLoadsKeepsItsBuckets) {
    auto token = make_token("b");
    token.role = TokenRole::load;
    token.buckets = {"in.c-testdb", "out.c-shop"};
    ASSERT_TRUE(catalog().add_token(token, kLimit).value());
    reopen();
    EXPECT_EQ(catalog().find_token(kProject, token.digest).value(), token);
}

TEST_F(TokensTest, TokensOfAProjectAreListedInPages) {
    for (const auto* id : {"c", "a", "b"}) {
        ASSERT_TRUE(catalog().add_token(make_token(id), kLimit).value());
    }
    ASSERT_TRUE(catalog().add_token(make_token("other", ProjectId(2)), kLimit).value());
    const auto first = catalog().tokens(kProject, {.after_id = "", .limit = 2}).value();
    EXPECT_THAT(first.items, ElementsAre(make_token("a"), make_token("b")));
    EXPECT_EQ(first.total_count, 3u);
    const auto second = catalog().tokens(kProject, {.after_id = "b", .limit = 2}).value();
    EXPECT_THAT(second.items, ElementsAre(make_token("c")));
    EXPECT_EQ(second.total_count, 3u);
}

TEST_F(TokensTest, ADeletedTokenIsGoneForGood) {
    const auto token = make_token("a");
    ASSERT_TRUE(catalog().add_token(token, kLimit).value());
    EXPECT_FALSE(catalog().delete_token(ProjectId(2), token.id).value());
    EXPECT_TRUE(catalog().delete_token(kProject, token.id).value());
    EXPECT_FALSE(catalog().delete_token(kProject, token.id).value());
    reopen();
    EXPECT_EQ(catalog().find_token(kProject, token.digest).value(), std::nullopt);
}

TEST_F(TokensTest, AProjectHasNoMoreThanItsLimit) {
    EXPECT_TRUE(catalog().add_token(make_token("a"), 2).value());
    EXPECT_TRUE(catalog().add_token(make_token("b"), 2).value());
    EXPECT_FALSE(catalog().add_token(make_token("c"), 2).value());
    EXPECT_EQ(catalog().find_token(kProject, "digest of c").value(), std::nullopt);
    EXPECT_TRUE(catalog().add_token(make_token("other", ProjectId(2)), 2).value());
}

TEST_F(TokensTest, AnIdOrDigestThatIsTakenIsRefused) {
    ASSERT_TRUE(catalog().add_token(make_token("a"), kLimit).value());
    EXPECT_EQ(catalog().add_token(make_token("a"), kLimit).error().code(), Code::conflict);
    auto same_digest = make_token("b");
    same_digest.digest = make_token("a").digest;
    EXPECT_EQ(catalog().add_token(same_digest, kLimit).error().code(), Code::conflict);
}

}  // namespace
}  // namespace millrace::catalog
