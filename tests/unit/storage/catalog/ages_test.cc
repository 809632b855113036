#include "storage/catalog/ages.h"

#include "storage/catalog/schema.h"
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

// Method  the tables of schema 13, with a reset of statistics at 0x0123456789ab.
TEST_F(AgesTest, WhatAnOlderVersionStampedByTheWallClockStaysAsOld) {
    const auto path = directory_ / "old.sqlite";
    {
        auto database = sqlite::Database::open(path, {}).value();
        ASSERT_TRUE(migrate_to(database, 13).ok());
        ASSERT_TRUE(
            database
                .execute("INSERT INTO tasks VALUES (1, 't', '', 1, '', NULL, 'success', 1, 77, '',"
                         " '');"
                         "INSERT INTO files (id, sink, mapping, state, opened_at, slices,"
                         " imported_at) VALUES ('f', 1, 1, 'imported', 1, 0, 88);"
                         "INSERT INTO statistics_resets VALUES (5, 1250999896491, 0, 0, 0)")
                .ok());
    }
    auto migrated = SqliteCatalog::open(path, test_secrets()).value();
    auto database = sqlite::Database::open(path, {}).value();
    EXPECT_EQ(database.number("SELECT finished_age FROM tasks").value(), 77);
    EXPECT_EQ(database.number("SELECT imported_age FROM files").value(), 88);
    EXPECT_EQ(to_string(migrated->shown_from(SinkNumber(5)).value()),
              "01234567-89ab-7000-8000-000000000000");
}

}  // namespace
}  // namespace millrace::catalog
