#include "storage/catalog/overviews.h"

#include <gtest/gtest.h>

#include "storage/catalog/sqlite_catalog.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/storage/catalog/test_secrets.h"

namespace millrace::catalog {
namespace {

using Why = StuckFile::Why;

class OverviewsTest : public testing::Test {
protected:
    static FileId file_id(std::uint64_t n) { return FileId(make_uuid_v7(AgeTime{1000}, n, n)); }
    static SliceId slice_id(std::uint64_t n) { return SliceId(make_uuid_v7(AgeTime{2000}, n, n)); }

    // A closed file with one slice.
    void add(std::uint64_t n, std::uint64_t rows) {
        const SinkVersion sink{.sink = SinkNumber(n), .mapping = MappingVersion(1)};
        OpenSlice slice;
        slice.opening.slice = slice_id(n);
        slice.opening.file = file_id(n);
        slice.opening.sink = sink;
        slice.opening.volume = VolumeId("default");
        slice.content.rows = rows;
        slice.content.bytes = rows * 10;
        slice.content.first_at = WallTime{static_cast<std::int64_t>(100 * n)};
        slice.content.last_at = WallTime{static_cast<std::int64_t>(200 * n)};
        ASSERT_TRUE(catalog_->record_sealed(slice).ok());
        OpenFile file;
        file.id = file_id(n);
        file.sink = sink;
        file.slices = 1;
        file.volume = VolumeId("default");
        ASSERT_TRUE(catalog_->close_file(file).ok());
    }
    CatalogOverview overview(std::uint32_t most = 100) {
        auto read = catalog_->overview(ProjectId(1), BranchId(1), most);
        EXPECT_TRUE(read.ok()) << read.error().operator_text();
        return read.value();
    }

    testing_support::TempDirectory folder_;
    std::unique_ptr<SqliteCatalog> catalog_ =
        SqliteCatalog::open(folder_ / "catalog.sqlite", test_secrets()).value();
};

TEST_F(OverviewsTest, WhatGoesWellIsNotStuck) {
    add(1, 5);
    const auto now = overview();
    EXPECT_TRUE(now.stuck.empty());
    EXPECT_EQ(now.files.closing, 1U);
}

TEST_F(OverviewsTest, NamesFailedImportsAndUploadsAndFilesThatAreSetAside) {
    for (std::uint64_t n = 1; n <= 4; ++n) add(n, n);
    const Retry retry{.attempt = 3, .reason = "no table", .after = WallTime{9000}};
    ASSERT_TRUE(catalog_->retry_file(file_id(1), retry).ok());
    ASSERT_TRUE(catalog_->retry_slice(slice_id(2), retry).ok());
    ASSERT_TRUE(catalog_->retry_slice(slice_id(3), retry).ok());
    ASSERT_TRUE(catalog_->set_aside(file_id(3), "later", WallTime{1}).ok());

    const auto now = overview();
    ASSERT_EQ(now.stuck.size(), 3U);
    EXPECT_EQ(now.stuck[0].why, Why::import);
    EXPECT_EQ(now.stuck[0].file, file_id(1));
    EXPECT_EQ(now.stuck[0].owner.sink, SinkNumber(1));
    EXPECT_EQ(now.stuck[0].attempts, 3U);
    EXPECT_EQ(now.stuck[0].reason, "no table");
    EXPECT_EQ(now.stuck[0].next_try, WallTime{9000});
    EXPECT_EQ(now.stuck[0].rows, 1U);
    EXPECT_EQ(now.stuck[0].oldest, WallTime{100});
    EXPECT_EQ(now.stuck[1].why, Why::upload);
    EXPECT_EQ(now.stuck[1].file, file_id(2));
    EXPECT_EQ(now.stuck[1].rows, 2U);
    EXPECT_EQ(now.stuck[2].why, Why::set_aside) << "and not as an upload too";
    EXPECT_EQ(now.stuck[2].reason, "later");
    EXPECT_EQ(now.files.set_aside, 1U);
    EXPECT_EQ(now.files.closing, 3U);
    EXPECT_EQ(overview(1).stuck.size(), 3U) << "one of each kind";
}

TEST_F(OverviewsTest, TellsWhereRowsWait) {
    for (std::uint64_t n = 1; n <= 3; ++n) add(n, n);
    add(4, 0);
    ASSERT_TRUE(catalog_->set_aside(file_id(3), "later", WallTime{1}).ok());
    const auto waiting = catalog_->waiting_rows().value();
    ASSERT_EQ(waiting.size(), 2U) << "not what is set aside, nor what is empty";
    EXPECT_EQ(waiting[1].owner, (SinkVersion{.sink = SinkNumber(2), .mapping = MappingVersion(1)}));
    EXPECT_EQ(waiting[1].staging.value, "");
    EXPECT_EQ(waiting[1].files, 1U);
    EXPECT_EQ(waiting[1].rows, 2U);
    EXPECT_EQ(waiting[1].oldest, WallTime{200});
}

}  // namespace
}  // namespace millrace::catalog
