#include "storage/catalog/ages.h"

#include "tests/unit/storage/catalog/catalog_fixture.h"

namespace millrace::catalog {
namespace {

using AgesTest = CatalogTest;

constexpr WallTime kNow{5'000};

TEST_F(AgesTest, ANewFolderBeginsWithTheWallTime) {
    EXPECT_EQ(catalog_->load_age(kNow).value(), AgeTime{5'000});
}

TEST_F(AgesTest, TheClockGoesOnFromWhereItWasSavedWhateverTheWallClockSays) {
    ASSERT_TRUE(catalog_->save_age(AgeTime{6'000}).ok());
    ASSERT_TRUE(catalog_->save_age(AgeTime{7'000}).ok());
    reopen();
    EXPECT_EQ(catalog_->load_age(WallTime{1}).value(), AgeTime{7'000});
    EXPECT_EQ(catalog_->load_age(WallTime{900'000'000}).value(), AgeTime{7'000});
}

// Goal    an upgrade under a clock that is days ahead makes nothing older.
TEST_F(AgesTest, AFolderOfAnOlderVersionBeginsNotAfterTheNewestTimeThatItKnows) {
    Task task;
    task.id = "a";
    task.created_at = WallTime{4'000};
    ASSERT_TRUE(catalog_->save_task(task).ok());
    EXPECT_EQ(catalog_->load_age(kNow).value(), AgeTime{4'000});
    EXPECT_EQ(catalog_->load_age(WallTime{900'000'000}).value(), AgeTime{4'000});
    EXPECT_EQ(catalog_->load_age(WallTime{3'000}).value(), AgeTime{3'000}) << "nor after now";
}

}  // namespace
}  // namespace millrace::catalog
