#include "storage/catalog/staging_marks.h"

#include <gmock/gmock.h>

#include "tests/unit/storage/catalog/catalog_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;

using StagingMarksTest = CatalogTest;

TEST_F(StagingMarksTest, MarksAreKeptAndReplacedByName) {
    StagingMark cold{StagingName("cold"), make_uuid_v7(AgeTime{1}, 2, 3), false};
    const StagingMark lake{StagingName("lake"), make_uuid_v7(AgeTime{4}, 5, 6), true};
    ASSERT_TRUE(catalog_->save_staging_mark(lake).ok());
    ASSERT_TRUE(catalog_->save_staging_mark(cold).ok());
    cold.is_there = true;
    ASSERT_TRUE(catalog_->save_staging_mark(cold).ok());
    reopen();
    EXPECT_THAT(catalog_->staging_marks().value(), ElementsAre(cold, lake));
}

}  // namespace
}  // namespace millrace::catalog
