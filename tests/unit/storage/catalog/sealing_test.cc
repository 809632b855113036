#include "storage/catalog/sealing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "storage/catalog/sqlite_catalog.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/storage/catalog/test_secrets.h"

namespace millrace::catalog {
namespace {

using secrets::KeyRing;
using secrets::SealedSecrets;
using testing::HasSubstr;
using testing_support::TempDirectory;

constexpr const char* kPlain = "plain-secret-of-the-shop";
constexpr const char* kPlainRetired = "plain-secret-before-it";
const SourceKey kShop{ProjectId(1), BranchId(1), SourceId("shop")};

Source shop() {
    Source source;
    source.key = kShop;
    source.secret = Secret(kPlain);
    source.retired = RetiredSecret{.secret = Secret(kPlainRetired), .until = WallTime{5}};
    source.version.number = 1;
    return source;
}

// Every byte of the database and its log.
std::string bytes_of(const std::string& path) {
    std::ostringstream all;
    for (const auto* suffix : {"", "-wal"}) {
        if (std::filesystem::exists(path + suffix)) all << std::ifstream(path + suffix).rdbuf();
    }
    return all.str();
}

// Turns the catalog into what an earlier version would have left: secrets as text, also in pages
// that are free by now.
void unseal(const std::string& path) {
    auto database = sqlite::Database::open(path, {}).value();
    ASSERT_TRUE(database
                    .execute(fmt::format(
                        "DELETE FROM sealing; CREATE TABLE waste (x);"
                        "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 50)"
                        " INSERT INTO waste SELECT '{}' || printf('%5000d', i) FROM n;"
                        "DROP TABLE waste;"
                        "UPDATE sources SET secret = '{}',"
                        " retired = '{{\"secret\":\"{}\",\"until\":5}}'",
                        kPlain, kPlain, kPlainRetired))
                    .ok());
}

class SealingTest : public testing::Test {
protected:
    std::unique_ptr<SqliteCatalog> open() {
        auto opened = SqliteCatalog::open(path_, test_secrets());
        EXPECT_TRUE(opened.ok()) << opened.error().operator_text();
        return std::move(opened).value();
    }

    TempDirectory directory_;
    const std::string path_ = directory_ / "catalog.sqlite";
};

TEST_F(SealingTest, NoSecretIsInTheFileAndEveryReaderGetsIt) {
    auto catalog = open();
    ASSERT_TRUE(catalog->save({.source = shop(), .sinks = {}, .mappings = {}, .task = {}}).ok());
    for (const auto& source :
         {*catalog->find_source(kShop).value(), catalog->all_sources().value().at(0),
          catalog->sources(ProjectId(1), BranchId(1), {}).value().items.at(0)}) {
        EXPECT_EQ(source.secret.expose(), kPlain);
        EXPECT_EQ(source.retired->secret.expose(), kPlainRetired);
        EXPECT_EQ(source.retired->until, WallTime{5});
    }
    catalog.reset();
    EXPECT_THAT(bytes_of(path_), Not(HasSubstr(kPlain)));
    EXPECT_THAT(bytes_of(path_), Not(HasSubstr(kPlainRetired)));
}

// Goal    an earlier version's secrets are sealed at the first start and the text is gone from the
//         file, free pages and WAL included.
TEST_F(SealingTest, WhatAnEarlierVersionKeptAsTextIsSealedAndCleanedAway) {
    ASSERT_TRUE(open()->save({.source = shop(), .sinks = {}, .mappings = {}, .task = {}}).ok());
    unseal(path_);
    ASSERT_THAT(bytes_of(path_), HasSubstr(kPlain));
    EXPECT_FALSE(is_sealed(path_).value());

    const auto catalog = open();
    EXPECT_EQ(catalog->sealing().sealed, 1U);
    EXPECT_FALSE(catalog->sealing().unclean.has_value());
    EXPECT_THAT(bytes_of(path_), Not(HasSubstr(kPlain)));
    EXPECT_THAT(bytes_of(path_), Not(HasSubstr(kPlainRetired)));
    EXPECT_EQ(catalog->find_source(kShop).value()->secret.expose(), kPlain);
    EXPECT_EQ(catalog->find_source(kShop).value()->retired->secret.expose(), kPlainRetired);
    EXPECT_TRUE(is_sealed(path_).value());
}

TEST_F(SealingTest, ACleaningThatAnotherReaderPreventsIsDoneAtTheNextStart) {
    ASSERT_TRUE(open()->save({.source = shop(), .sinks = {}, .mappings = {}, .task = {}}).ok());
    unseal(path_);
    {
        auto reader = sqlite::Database::open(path_, {}).value();
        ASSERT_TRUE(reader.execute("BEGIN; SELECT count(*) FROM sources").ok());
        EXPECT_TRUE(open()->sealing().unclean.has_value());
    }
    EXPECT_FALSE(open()->sealing().unclean.has_value());
    EXPECT_THAT(bytes_of(path_), Not(HasSubstr(kPlain)));
}

TEST_F(SealingTest, AnotherKeyIsRefused) {
    open();
    const SealedSecrets other(KeyRing::generate());
    const auto opened = SqliteCatalog::open(path_, other);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().name(), kUnknownSecretKey);
}

TEST_F(SealingTest, ASecretMovedToAnotherSourceIsNotAccepted) {
    auto catalog = open();
    auto other = shop();
    other.key.source = SourceId("other");
    ASSERT_TRUE(catalog->save({.source = shop(), .sinks = {}, .mappings = {}, .task = {}}).ok());
    ASSERT_TRUE(catalog->save({.source = other, .sinks = {}, .mappings = {}, .task = {}}).ok());
    auto database = sqlite::Database::open(path_, {}).value();
    ASSERT_TRUE(database
                    .execute("UPDATE sources SET secret ="
                             " (SELECT secret FROM sources WHERE id = 'shop') WHERE id = 'other'")
                    .ok());
    EXPECT_TRUE(catalog->find_source(kShop).ok());
    EXPECT_EQ(catalog->find_source(other.key).error().code(), Code::corrupt);
}

// Goal    secrets can be sealed with another key; whenever it is interrupted, one ring opens all.
TEST_F(SealingTest, SecretsAreSealedAgainWithTheNewestKey) {
    const auto old = KeyRing::generate();
    const auto both = old.with_new_key();
    {
        const SealedSecrets store(old);
        auto catalog = SqliteCatalog::open(path_, store).value();
        ASSERT_TRUE(
            catalog->save({.source = shop(), .sinks = {}, .mappings = {}, .task = {}}).ok());
    }
    const SealedSecrets store(both);
    EXPECT_TRUE(SqliteCatalog::open(path_, store).ok()) << "killed before it began";
    {
        auto database = sqlite::Database::open(path_, {}).value();
        EXPECT_EQ(seal_again(database, store).value(), 1U);
    }
    EXPECT_TRUE(SqliteCatalog::open(path_, store).ok()) << "killed before the file was cleaned";
    const SealedSecrets newest(both.with_newest_only());
    EXPECT_EQ(
        SqliteCatalog::open(path_, newest).value()->find_source(kShop).value()->secret.expose(),
        kPlain);
    const SealedSecrets oldest(old);
    EXPECT_EQ(SqliteCatalog::open(path_, oldest).error().name(), kUnknownSecretKey);
    EXPECT_THAT(bytes_of(path_), Not(HasSubstr(old.newest().id())));
}

// Goal    so are the passwords of the roles of sinks; where the key is lost they are made anew.
TEST_F(SealingTest, PasswordsOfRolesAreSealedAgainOrMadeAnew) {
    SinkToken token;
    token.target = TargetName("warehouse");
    token.sink = SinkNumber(7);
    token.key = {kShop, SinkId("orders")};
    token.table = TableId::parse("in.c-shop.orders").value();
    token.state = SinkTokenState::ready;
    token.password = Secret(kPlain);
    const auto old = KeyRing::generate();
    const auto both = old.with_new_key();
    const auto token_with = [&](const SecretStore& store) {
        auto catalog = SqliteCatalog::open(path_, store).value();
        return catalog->sink_token(token.target, token.sink).value().value();
    };
    const SealedSecrets store(old);
    ASSERT_TRUE(SqliteCatalog::open(path_, store).value()->save_sink_token(token).ok());
    EXPECT_THAT(bytes_of(path_), Not(HasSubstr(kPlain)));
    const SealedSecrets newer(both);
    {
        auto database = sqlite::Database::open(path_, {}).value();
        ASSERT_TRUE(seal_again(database, newer).ok());
    }
    EXPECT_EQ(token_with(SealedSecrets(both.with_newest_only())).password.expose(), kPlain);
    const SealedSecrets other(KeyRing::generate());
    {
        auto database = sqlite::Database::open(path_, {}).value();
        ASSERT_TRUE(replace_secrets(database, other, [] { return Secret("new"); }).ok());
    }
    EXPECT_EQ(token_with(other).password.expose(), "");
    EXPECT_EQ(token_with(other).state, SinkTokenState::due);
}

// Goal    what only a kind of sources knows may have secrets too: they are sealed with the source,
//         also after a change of the key, and versions have none of them.
TEST_F(SealingTest, SecretsInDetailsAreSealedAsWell) {
    constexpr std::string_view kPassword = "hunter2-of-the-brokers";
    auto source = shop();
    source.details = R"({"secrets":{"sasl.password":"hunter2-of-the-brokers"},"topic":"t"})";
    const auto old = KeyRing::generate();
    const auto both = old.with_new_key();
    const auto check = [&](const SecretStore& store) {
        auto catalog = SqliteCatalog::open(path_, store).value();
        EXPECT_EQ(catalog->find_source(kShop).value()->details, source.details);
        EXPECT_EQ(catalog->find_source_version(kShop, source.version.number).value()->details,
                  R"({"topic":"t"})");
    };
    const SealedSecrets store(old);
    ASSERT_TRUE(SqliteCatalog::open(path_, store)
                    .value()
                    ->save({.source = source, .sinks = {}, .mappings = {}, .task = {}})
                    .ok());
    check(store);
    EXPECT_THAT(bytes_of(path_), Not(HasSubstr(kPassword)));
    const SealedSecrets newer(both);
    {
        auto database = sqlite::Database::open(path_, {}).value();
        EXPECT_EQ(seal_again(database, newer).value(), 1U);
    }
    check(SealedSecrets(both.with_newest_only()));

    const SealedSecrets other(KeyRing::generate());
    {
        auto database = sqlite::Database::open(path_, {}).value();
        EXPECT_EQ(replace_secrets(database, other, [] { return Secret("new"); }).value(), 1U);
    }
    source.details = R"({"topic":"t"})";
    check(other);
}

TEST_F(SealingTest, WhereTheKeyIsLostEverySourceGetsANewSecret) {
    ASSERT_TRUE(open()->save({.source = shop(), .sinks = {}, .mappings = {}, .task = {}}).ok());
    const SealedSecrets store(KeyRing::generate());
    {
        auto database = sqlite::Database::open(path_, {}).value();
        EXPECT_EQ(replace_secrets(database, store, [] { return Secret("new"); }).value(), 1U);
    }
    const auto catalog = SqliteCatalog::open(path_, store).value();
    EXPECT_EQ(catalog->find_source(kShop).value()->secret.expose(), "new");
    EXPECT_FALSE(catalog->find_source(kShop).value()->retired.has_value());
}

}  // namespace
}  // namespace millrace::catalog
