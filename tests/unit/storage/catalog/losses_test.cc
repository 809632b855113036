#include "storage/catalog/losses.h"

#include <gtest/gtest.h>

#include "tests/unit/storage/catalog/file_tables_fixture.h"

namespace millrace::catalog {
namespace {

class LossesTest : public FileTablesTest {
protected:
    LossCatalog& losses() { return *catalog_; }

    // All rows of the slice.
    void lose(std::uint64_t number, const OpenFile& file) {
        const auto slice = make_slice(number, file);
        ASSERT_TRUE(losses()
                        .record_lost_rows(
                            {.opening = slice.opening, .content = slice.content, .found_at = kNow})
                        .ok());
    }
    std::uint64_t lost_rows(std::uint64_t sink) {
        return catalog().statistics(SinkNumber(sink)).value().lost_rows;
    }
    bool is_lost(std::uint64_t batch, std::uint64_t sink) {
        return catalog()
            .is_lost({.volume = kVolume, .batch = BatchNumber(batch)}, SinkNumber(sink))
            .value();
    }
};

TEST_F(LossesTest, LostRowsAreCountedOnceAndOfTheirSink) {
    const auto file = make_file(1, 7, 100, 1);
    lose(2, file);
    lose(2, file);
    lose(3, file);
    EXPECT_EQ(lost_rows(7), 50U);
    EXPECT_EQ(lost_rows(8), 0U);
    const auto all = catalog().all_statistics().value();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].statistics.lost_rows, 50U);
    EXPECT_EQ(all[0].statistics.local.rows, 0U);
}

TEST_F(LossesTest, BatchesOfALostSliceAreLostForItsSinkAlone) {
    lose(2, make_file(1, 7, 100, 1));  // batches 150 to 200
    EXPECT_FALSE(is_lost(149, 7));
    EXPECT_TRUE(is_lost(150, 7));
    EXPECT_TRUE(is_lost(200, 7));
    EXPECT_FALSE(is_lost(201, 7));
    EXPECT_FALSE(is_lost(150, 8));
}

// Goal    a file does not wait for a slice that will never come.
// Method  close it with three slices, of which the catalog has two; close it short; it is imported
//         with the two.
TEST_F(LossesTest, AFileIsClosedWithTheSlicesThatThereAre) {
    const auto file = make_file(1, 7, 100, 3);
    seal(1, file);
    seal(2, file);
    ASSERT_TRUE(catalog().close_file(file).ok());
    upload(1);
    upload(2);
    EXPECT_TRUE(to_import().empty());
    const auto files = losses().short_files(kVolume).value();
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].file.id, file.id);
    EXPECT_EQ(files[0].file.slices, 3U);
    EXPECT_EQ(files[0].known, 2U);
    EXPECT_TRUE(losses().short_files(VolumeId("slow")).value().empty());

    ASSERT_TRUE(losses().close_short(file.id, 0).ok());
    ASSERT_TRUE(losses().close_short(file.id, 0).ok());
    EXPECT_TRUE(losses().short_files(kVolume).value().empty());
    EXPECT_EQ(to_import(), std::vector{file.id});
    import(1);
    ASSERT_TRUE(losses().close_short(file.id, 9).ok());
    EXPECT_EQ(catalog().find_file(file.id).value()->state, FileState::imported);
}

TEST_F(LossesTest, AFileThatLostAllItsSlicesIsImportedEmpty) {
    const auto file = make_file(1, 7, 100, 1);
    ASSERT_TRUE(catalog().close_file(file).ok());
    ASSERT_TRUE(losses().close_short(file.id, 0).ok());
    EXPECT_EQ(to_import(), std::vector{file.id});
    import(1);
}

TEST_F(LossesTest, AFileThatStillTakesRowsIsClosedShort) {
    const auto file = make_file(1, 7, 100, 2);
    seal(1, file);
    upload(1);
    EXPECT_TRUE(losses().short_files(kVolume).value().empty()) << "it is not closed";
    ASSERT_TRUE(losses().close_short(file.id, 1).ok());
    EXPECT_EQ(to_import(), std::vector{file.id});
}

}  // namespace
}  // namespace millrace::catalog
