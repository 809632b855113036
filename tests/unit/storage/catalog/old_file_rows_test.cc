#include "storage/catalog/old_file_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/storage/catalog/file_tables_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class OldFileRowsTest : public FileTablesTest {
protected:
    // Of sinks in turn, so that their order is not that of the files.
    void add(std::uint64_t number) {
        const auto file = make_file(number, 9 - number % 2, 10, 1);
        seal(number, file);
        check(catalog().close_file(file).ok(), "close_file()");
        upload(number);
    }
    std::vector<FileId> unfinished(FileId after = {}, std::uint32_t limit = 100) {
        std::vector<FileId> ids;
        const auto files = catalog_->unfinished_files(after, limit).value();
        for (const auto& file : files) ids.push_back(file.id);
        return ids;
    }
};

TEST_F(OldFileRowsTest, WaitingOnesAndThoseSetAsideAreUnfinished) {
    EXPECT_THAT(unfinished(), IsEmpty());
    for (std::uint64_t number = 1; number <= 6; ++number) add(number);
    seal(7, make_file(7, 8, 10, 1));  // still takes rows
    const WallTime now{1'000};
    ASSERT_TRUE(catalog().mark_importing(file_id(2)).ok());
    ASSERT_TRUE(catalog().set_aside(file_id(3), "why", now).ok());
    ASSERT_TRUE(catalog().set_aside(file_id(4), "why", now).ok());
    ASSERT_TRUE(catalog().discard_file(file_id(4)).ok());
    ASSERT_TRUE(catalog().mark_importing(file_id(5)).ok());
    ASSERT_TRUE(catalog().mark_imported(file_id(5), {.wall = now, .age = AgeTime{1}}).ok());
    EXPECT_THAT(unfinished(), ElementsAre(file_id(1), file_id(2), file_id(3), file_id(6)));
    const auto files = catalog_->unfinished_files(file_id(2), 1).value();
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].state, FileState::set_aside);
    EXPECT_EQ(files[0].aside->reason, "why");
}

TEST_F(OldFileRowsTest, TheyComePageByPage) {
    for (std::uint64_t number = 1; number <= 5; ++number) add(number);
    EXPECT_THAT(unfinished({}, 2), ElementsAre(file_id(1), file_id(2)));
    EXPECT_THAT(unfinished(file_id(2), 2), ElementsAre(file_id(3), file_id(4)));
    EXPECT_THAT(unfinished(file_id(4), 2), ElementsAre(file_id(5)));
}

}  // namespace
}  // namespace millrace::catalog
