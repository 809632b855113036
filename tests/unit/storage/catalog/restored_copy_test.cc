// What becomes of the copy of a catalog when it is restored.

#include "storage/catalog/restored_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/catalog/installation.h"
#include "storage/sqlite/copy_database.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/storage/catalog/file_tables_fixture.h"

namespace millrace::catalog {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class RestoredCopyTest : public FileTablesTest {
protected:
    std::string copied() {
        auto path = directory_ / ("copy-" + std::to_string(++copies_));
        check(sqlite::copy_database(directory_ / "catalog.sqlite", path).ok(), "copy_database()");
        return path;
    }
    static NewInstallation installation() {
        return {.token = "0123abcd",
                .backup_at = WallTime{1000},
                .now = WallTime{2000},
                .remembered = Milliseconds(5000)};
    }
    static std::vector<std::string> column(const std::string& path, std::string_view sql) {
        auto database = sqlite::Database::open(path, {.read_only = true}).value();
        auto query = database.query(sql).value();
        std::vector<std::string> values;
        while (query->step().value()) values.push_back(query.row().text());
        return values;
    }

    int copies_ = 0;
};

TEST_F(RestoredCopyTest, WhatWaitsIsOnOneNewVolumeAndNotUploaded) {
    const auto file = make_file(1, 7, 10, 2);
    seal(1, file);
    seal(2, file);
    ASSERT_TRUE(catalog().close_file(file).ok());
    ASSERT_TRUE(catalog().mark_uploading(slice_id(1)).ok());
    ASSERT_TRUE(catalog().mark_uploaded(slice_id(1), {.key = "somewhere"}).ok());
    const auto copy = copied();
    EXPECT_THAT(waiting_slices(copy).value(), SizeIs(2));

    const auto restored = make_restored(copy, installation());
    ASSERT_TRUE(restored.ok()) << restored.error().operator_text();
    EXPECT_EQ(restored.value().files, 1U);
    const auto waiting = waiting_slices(copy).value();
    for (const auto& slice : waiting) {
        EXPECT_EQ(slice.opening.volume, VolumeId("default~0123abcd"));
        EXPECT_EQ(slice.state, SliceState::closing);
        EXPECT_EQ(slice.staged.key, "");
    }
    EXPECT_EQ(column(copy, "SELECT volume FROM volumes WHERE state = 'active'"),
              (std::vector<std::string>{"default~0123abcd"}));
    EXPECT_THAT(column(copy, "SELECT staging FROM staging_marks"), IsEmpty());
}

// Goal    nothing is taken for read whose rows are lost with a file that is forgotten.
TEST_F(RestoredCopyTest, HowFarSourcesWereReadIsKnownUpToTheFirstFileThatIsForgotten) {
    const auto cover = [&](std::uint64_t number, std::uint64_t sink) {
        ASSERT_TRUE(catalog_
                        ->record_covered({.file = file_id(number),
                                          .sink = SinkNumber(sink),
                                          .source = {},
                                          .positions = {}})
                        .ok());
    };
    const auto make = [&](std::uint64_t number, std::uint64_t sink, bool is_closed) {
        const auto file = make_file(number, sink, 10, 1);
        seal(number, file);
        if (!is_closed) return;
        ASSERT_TRUE(catalog().close_file(file).ok());
        cover(number, sink);
    };
    make(1, 7, true);
    make(2, 7, false);
    make(3, 7, true);
    make(4, 8, true);
    cover(5, 8);  // a file that the copy does not have
    const auto copy = copied();
    ASSERT_TRUE(make_restored(copy, installation()).ok());
    EXPECT_EQ(column(copy, "SELECT file FROM covered_positions ORDER BY file"),
              (std::vector<std::string>{to_string(file_id(1)), to_string(file_id(4))}));
}

// Goal    their slices are not final: the old installation may have gone on with them.
TEST_F(RestoredCopyTest, FilesThatWereOpenOrNotCompleteAreForgotten) {
    seal(1, make_file(1, 7, 10, 1));
    auto closed = make_file(2, 7, 10, 2);
    seal(2, closed);
    ASSERT_TRUE(catalog().close_file(closed).ok());
    const auto copy = copied();
    ASSERT_TRUE(make_restored(copy, installation()).ok());
    EXPECT_THAT(column(copy, "SELECT id FROM files"), IsEmpty());
    EXPECT_THAT(column(copy, "SELECT id FROM slices"), IsEmpty());
}

TEST_F(RestoredCopyTest, WhatIsImportedIsNotTouchedAndNotLeftToRemove) {
    const auto file = make_file(1, 7, 10, 1);
    seal(1, file);
    ASSERT_TRUE(catalog().close_file(file).ok());
    ASSERT_TRUE(catalog().mark_uploading(slice_id(1)).ok());
    ASSERT_TRUE(catalog().mark_uploaded(slice_id(1), {.key = "somewhere"}).ok());
    ASSERT_TRUE(catalog().mark_importing(file_id(1)).ok());
    ASSERT_TRUE(catalog().mark_imported(file_id(1), {.wall = WallTime{1}, .age = AgeTime{1}}).ok());
    const auto copy = copied();
    EXPECT_THAT(waiting_slices(copy).value(), IsEmpty());
    ASSERT_TRUE(make_restored(copy, installation()).ok());
    EXPECT_EQ(column(copy, "SELECT state FROM files"), (std::vector<std::string>{"imported"}));
    EXPECT_THAT(column(copy, "SELECT id FROM slices WHERE is_local OR is_staged"), IsEmpty());
}

// Goal    the installation before goes on with its roles in the same databases.
TEST_F(RestoredCopyTest, RolesOfSinksAreMadeAnewUnderOtherNames) {
    SinkToken token;
    token.target = TargetName("warehouse");
    token.sink = SinkNumber(7);
    token.key = {{ProjectId(1), BranchId(1), SourceId("shop")}, SinkId("orders")};
    token.table = TableId::parse("in.c-shop.orders").value();
    token.state = SinkTokenState::ready;
    token.role = "millrace_before_s7";
    token.password = Secret("hidden");
    ASSERT_TRUE(catalog_->save_sink_token(token).ok());
    ASSERT_TRUE(catalog_->role_space("before").ok());
    const auto copy = copied();
    ASSERT_TRUE(make_restored(copy, installation()).ok());
    EXPECT_EQ(column(copy, "SELECT state || role || password FROM sink_tokens"),
              (std::vector<std::string>{"due"}));
    EXPECT_THAT(column(copy, "SELECT name FROM role_space"), IsEmpty());
}

TEST_F(RestoredCopyTest, ASecondRestoreIsAnotherEpochAndKnowsAllVolumesOfBefore) {
    const auto copy = copied();
    ASSERT_TRUE(make_restored(copy, installation()).ok());
    auto again = installation();
    again.token = "deadbeef";
    ASSERT_TRUE(make_restored(copy, again).ok());
    EXPECT_EQ(column(copy, "SELECT CAST(epoch AS TEXT) FROM installation"),
              (std::vector<std::string>{"3"}));
    EXPECT_THAT(column(copy, "SELECT volume FROM volumes_before"),
                testing::Contains("default~0123abcd"));
    EXPECT_EQ(column(copy, "SELECT volume FROM volumes WHERE state = 'active'"),
              (std::vector<std::string>{"default~deadbeef"}));
}

TEST_F(RestoredCopyTest, EverythingThatWaitsIsSetAsideWhereTheBackupIsTooOld) {
    const auto file = make_file(1, 7, 10, 1);
    seal(1, file);
    ASSERT_TRUE(catalog().close_file(file).ok());
    const auto copy = copied();
    auto old = installation();
    old.sets_aside = true;
    ASSERT_TRUE(make_restored(copy, old).ok());
    EXPECT_EQ(column(copy, "SELECT state FROM files"), (std::vector<std::string>{"setAside"}));
}

}  // namespace
}  // namespace millrace::catalog
