#include "storage/catalog/sealed_details.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/catalog/sealing.h"
#include "storage/catalog/sqlite_catalog.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/storage/catalog/test_secrets.h"

namespace millrace::catalog {
namespace {

using secrets::KeyRing;
using secrets::SealedSecrets;
using testing::HasSubstr;
using testing::Not;
using testing_support::TempDirectory;

constexpr const char* kDetails = R"({"preset":"github","secrets":{"signature":["of-the-sender"]}})";
const SourceKey kHook{ProjectId(1), BranchId(1), SourceId("hook")};

Source hook() {
    Source source;
    source.key = kHook;
    source.secret = Secret("of-the-url");
    source.details = kDetails;
    source.version.number = 1;
    return source;
}

class SealedDetailsTest : public testing::Test {
protected:
    // With a hook whose secrets are sealed by that ring.
    void make(const KeyRing& ring) {
        const SealedSecrets store(ring);
        auto catalog = SqliteCatalog::open(path_, store).value();
        ASSERT_TRUE(
            catalog->save({.source = hook(), .sinks = {}, .mappings = {}, .task = {}}).ok());
    }
    std::string details(const KeyRing& ring) {
        const SealedSecrets store(ring);
        return SqliteCatalog::open(path_, store).value()->find_source(kHook).value()->details;
    }

    TempDirectory directory_;
    const std::string path_ = directory_ / "catalog.sqlite";
};

TEST_F(SealedDetailsTest, ReadersGetTheSecretsAndVersionsHaveNone) {
    const auto ring = KeyRing::generate();
    make(ring);
    EXPECT_EQ(details(ring), kDetails);
    const SealedSecrets store(ring);
    const auto catalog = SqliteCatalog::open(path_, store).value();
    EXPECT_EQ(catalog->find_source_version(kHook, 1).value()->details, R"({"preset":"github"})");
}

TEST_F(SealedDetailsTest, SecretsAreSealedAgainWithTheNewestKey) {
    const auto ring = KeyRing::generate();
    make(ring);
    const auto both = ring.with_new_key();
    {
        const SealedSecrets store(both);
        auto database = sqlite::Database::open(path_, {}).value();
        ASSERT_EQ(seal_again(database, store).value(), 1U);
    }
    EXPECT_EQ(details(both.with_newest_only()), kDetails);
}

// The sender has made them, so no others can be made.
TEST_F(SealedDetailsTest, WhereTheKeyIsLostTheSecretsAreGone) {
    make(KeyRing::generate());
    const auto ring = KeyRing::generate();
    {
        const SealedSecrets store(ring);
        auto database = sqlite::Database::open(path_, {}).value();
        ASSERT_EQ(replace_secrets(database, store, [] { return Secret("new"); }).value(), 1U);
    }
    EXPECT_EQ(details(ring), R"({"preset":"github"})");
}

TEST_F(SealedDetailsTest, ATextMovedToAnotherSourceIsNotAccepted) {
    const auto& store = test_secrets();
    const auto sealed = seal_details(kHook, kDetails, store);
    EXPECT_THAT(sealed, Not(HasSubstr("of-the-sender")));
    EXPECT_EQ(open_details(kHook, sealed, store).value(), kDetails);
    auto other = kHook;
    other.source = SourceId("other");
    EXPECT_EQ(open_details(other, sealed, store).error().code(), Code::corrupt);
    EXPECT_EQ(seal_details(kHook, R"({"topic":"t"})", store), R"({"topic":"t"})");
}

}  // namespace
}  // namespace millrace::catalog
