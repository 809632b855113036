#include "storage/catalog/due_sql.h"

#include <gtest/gtest.h>

#include "storage/catalog/sqlite_catalog.h"
#include "storage/sqlite/database.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/storage/catalog/test_secrets.h"

namespace millrace::catalog {
namespace {

using testing_support::TempDirectory;

constexpr WallTime kNow{1'000'000};

// A catalog in which files and slices wait. Its times and ids are in order of their coming.
class DueSqlTest : public testing::Test {
protected:
    OpenFile file(std::uint64_t sink) {
        OpenFile file;
        file.id = FileId(make_uuid_v7(AgeTime{1}, ++number_, 0));
        file.sink = {SinkNumber(sink), MappingVersion(1)};
        file.opened_at = WallTime{static_cast<std::int64_t>(number_)};
        file.slices = 1;
        file.volume = VolumeId("default");
        return file;
    }
    SliceId add_slice(const OpenFile& file) {
        OpenSlice slice;
        slice.opening.slice = SliceId(make_uuid_v7(AgeTime{2}, ++number_, 0));
        slice.opening.file = file.id;
        slice.opening.sink = file.sink;
        slice.opening.opened_at = WallTime{static_cast<std::int64_t>(number_)};
        slice.opening.volume = file.volume;
        slice.content.rows = 1;
        check(catalog_->record_sealed(slice).ok(), "record_sealed()");
        return slice.opening.slice;
    }
    // A file that may be imported, but for what comes before it.
    FileId add_staged_file(std::uint64_t sink) {
        const auto added = file(sink);
        const auto slice = add_slice(added);
        check(catalog_->close_file(added).ok(), "close_file()");
        check(catalog_->mark_uploaded(slice, {.key = "key", .bytes = 1}).ok(), "mark_uploaded()");
        return added.id;
    }

    // What it costs to run the statement to its end.
    std::uint64_t cost_of(const std::string& sql) const {
        auto database =
            sqlite::Database::open(directory_ / "catalog.sqlite", {.read_only = true}).value();
        auto statement = database.prepare(sql).value();
        statement.bind_all(kNow.unix_ms, 256, (kNow + kRetryAheadMax).unix_ms);
        while (statement.step().value()) {
        }
        return statement.cost();
    }

    TempDirectory directory_;
    std::unique_ptr<SqliteCatalog> catalog_ =
        SqliteCatalog::open(directory_ / "catalog.sqlite", test_secrets()).value();
    std::uint64_t number_ = 0;
};

// Goal    what one sink has waiting behind a file that cannot be imported makes the look for others
//         no dearer.
// Method  count the steps of the statement with ten files of that sink and with ten times as many.
TEST_F(DueSqlTest, LookingForImportsDoesNotCostTheBacklogOfASink) {
    const auto broken = add_staged_file(1);
    ASSERT_TRUE(catalog_->retry_file(broken, {1, "x", kNow + Milliseconds(1)}).ok());
    for (std::uint64_t sink = 2; sink < 6; ++sink) add_staged_file(sink);
    for (int i = 0; i < 10; ++i) add_staged_file(1);
    const auto with_few = cost_of(files_to_import_sql());
    for (int i = 0; i < 90; ++i) add_staged_file(1);
    const auto with_many = cost_of(files_to_import_sql());
    EXPECT_LT(with_many, with_few + with_few / 10);
    EXPECT_EQ(catalog_->files_to_import(kNow, 10).value().size(), 4U);
}

TEST_F(DueSqlTest, LookingForUploadsDoesNotCostTheBacklogOfASink) {
    const auto broken = file(1);
    for (std::uint64_t sink = 2; sink < 6; ++sink) add_slice(file(sink));
    const auto fail = [&](SliceId slice) {
        ASSERT_TRUE(catalog_->retry_slice(slice, {1, "x", kNow + Milliseconds(1)}).ok());
    };
    for (int i = 0; i < 20; ++i) add_slice(broken);
    for (int i = 0; i < 20; ++i) fail(add_slice(broken));
    const auto with_few = cost_of(slices_to_upload_sql());
    for (int i = 0; i < 90; ++i) add_slice(broken);
    for (int i = 0; i < 90; ++i) fail(add_slice(broken));
    const auto with_many = cost_of(slices_to_upload_sql());
    EXPECT_LT(with_many, with_few + with_few / 10);
}

// Goal    a sink with few slices is not hidden by those that others have waiting since long.
// Method  three sinks with a backlog of more than the list, and one with a slice that came last.
TEST_F(DueSqlTest, EverySinkIsInTheListOfUploads) {
    for (std::uint64_t sink = 1; sink <= 3; ++sink) {
        const auto backlog = file(sink);
        for (int i = 0; i < 10; ++i) add_slice(backlog);
    }
    add_slice(file(4));
    std::vector<std::uint64_t> sinks;
    const auto listed = catalog_->slices_to_upload(kNow, 6).value();
    for (const auto& slice : listed) sinks.push_back(slice.opening.sink.sink.value);
    EXPECT_EQ(sinks, (std::vector<std::uint64_t>{1, 2, 3, 4, 1, 2}));
    EXPECT_LT(listed[0].opening.slice, listed[4].opening.slice);
}

TEST_F(DueSqlTest, SlicesThatNeverFailedComeBeforeThoseThatDid) {
    const auto backlog = file(1);
    std::vector<SliceId> slices;
    for (int i = 0; i < 20; ++i) slices.push_back(add_slice(backlog));
    for (int i = 0; i < 12; ++i) {
        ASSERT_TRUE(catalog_
                        ->retry_slice(slices.at(static_cast<std::size_t>(i)),
                                      {1, "x", kNow + Milliseconds(i)})
                        .ok());
    }
    const auto listed = catalog_->slices_to_upload(kNow + Milliseconds(20), 256).value();
    ASSERT_EQ(listed.size(), 8U);
    EXPECT_EQ(listed.front().opening.slice, slices[12]);
}

}  // namespace
}  // namespace millrace::catalog
