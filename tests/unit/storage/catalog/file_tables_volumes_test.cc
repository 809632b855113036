// Goal    volumes beside each other, and their batches over restarts.

#include <gmock/gmock.h>

#include "tests/unit/storage/catalog/file_tables_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(FileTablesTest, AVolumeHoldsUpNeitherImportsNorClosingOfAnother) {
    auto other = make_file(1, 5, 100, 1);
    other.volume = VolumeId("slow");
    seal(1, other);  // still written
    const auto file = make_file(2, 5, 200, 1);
    seal(2, file);
    ASSERT_TRUE(catalog().close_file(file).ok());
    upload(2);
    EXPECT_THAT(to_import(), ElementsAre(file.id));
    EXPECT_EQ(catalog().find_file(file.id).value()->volume, kVolume);
    EXPECT_THAT(catalog().writing_files(kVolume).value(), IsEmpty());
    EXPECT_THAT(ids(catalog().writing_files(VolumeId("slow")).value()), ElementsAre(other.id));

    import(2);
    ASSERT_TRUE(catalog().mark_local_removed(slice_id(2)).ok());
    ASSERT_TRUE(catalog().mark_staged_removed(slice_id(2)).ok());
    EXPECT_EQ(forget(VolumeId("slow"), kInstant.age + Milliseconds(1)), 0U);
    EXPECT_EQ(forget(kVolume, kInstant.age + Milliseconds(1)), 1U);
}

TEST_F(FileTablesTest, TheNewestOfAVolumeIsOfAllThatIsNotImported) {
    const auto newest = [&] { return catalog().newest_waiting(kVolume).value(); };
    EXPECT_EQ(newest(), Uuid());

    auto other = make_file(9, 5, 900, 1);
    other.volume = VolumeId("slow");
    seal(9, other);
    EXPECT_EQ(newest(), Uuid());

    const auto file = make_file(1, 5, 200, 1);
    seal(1, file);
    EXPECT_EQ(newest(), slice_id(1).value) << "a slice of a file that is written";
    ASSERT_TRUE(catalog().close_file(file).ok());
    auto empty = make_file(3, 5, 300, 0);
    empty.id = FileId(make_uuid_v7(AgeTime{3}, 1, 0));
    ASSERT_TRUE(catalog().close_file(empty).ok());
    EXPECT_EQ(newest(), empty.id.value);

    ASSERT_TRUE(catalog().mark_importing(empty.id).ok());
    EXPECT_EQ(newest(), empty.id.value) << "it is imported once more after a crash";
    ASSERT_TRUE(catalog().mark_imported(empty.id, kInstant).ok());
    EXPECT_EQ(newest(), slice_id(1).value);
    upload(1);
    import(1);
    EXPECT_EQ(newest(), Uuid());
}

TEST_F(FileTablesTest, SlicesAreFoundByABatchOfTheirSinkAndVolume) {
    const auto file = make_file(1, 5, 100, 2);
    seal(1, file);  // batches 50 to 100
    seal(2, file);  // 150 to 200
    const auto with = [&](std::uint64_t sink, const VolumeId& volume, std::uint64_t batch) {
        return ids(
            catalog()
                .slices_with(SinkNumber(sink), {.volume = volume, .batch = BatchNumber(batch)})
                .value());
    };
    EXPECT_THAT(with(5, kVolume, 49), IsEmpty());
    EXPECT_THAT(with(5, kVolume, 50), ElementsAre(slice_id(1)));
    EXPECT_THAT(with(5, kVolume, 100), ElementsAre(slice_id(1)));
    EXPECT_THAT(with(5, kVolume, 101), IsEmpty());
    EXPECT_THAT(with(5, kVolume, 199), ElementsAre(slice_id(2)));
    EXPECT_THAT(with(6, kVolume, 50), IsEmpty());
    EXPECT_THAT(with(5, VolumeId("slow"), 50), IsEmpty());
}

// Goal    a number that was given and whose rows are nowhere is told from one whose rows were
//         durable.
// Method  three lives of a volume that found other numbers durable than were given.
TEST_F(FileTablesTest, BatchesThatALifeGaveAndTheNextDidNotFindAreLost) {
    const auto open = [&](BatchNumber durable) {
        reopen();
        return catalog_
            ->begin_life({.volume = kVolume,
                          .uuid = make_uuid_v7(AgeTime{1}, 1, 1),
                          .name = "fast",
                          .directory = "/fast",
                          .durable = durable,
                          .life = 0,
                          .at = kNow})
            .value()
            .last_batch;
    };
    const auto is_lost = [&](std::uint64_t batch) {
        return catalog()
            .is_lost({.volume = kVolume, .batch = BatchNumber(batch)}, SinkNumber(1))
            .value();
    };
    const auto first = open(BatchNumber(0)).value;
    EXPECT_EQ(first, 0U);
    ASSERT_TRUE(
        catalog().record_lost(kVolume, BatchNumber(first + 7), BatchNumber(first + 8)).ok());
    const auto second = open(BatchNumber(first + 10)).value;
    EXPECT_GT(second, first + 1'000'000'000) << "numbers are given twice";
    const auto third = open(BatchNumber(second + 5)).value;
    EXPECT_GT(third, second + 1'000'000'000);

    for (const auto durable :
         {first + 1, first + 6, first + 9, first + 10, second + 5, third + 1}) {
        EXPECT_FALSE(is_lost(durable)) << durable;
    }
    for (const auto lost : {first + 7, first + 8, first + 11, second, second + 6, third}) {
        EXPECT_TRUE(is_lost(lost)) << lost;
    }
    EXPECT_FALSE(catalog()
                     .is_lost({.volume = VolumeId("slow"), .batch = BatchNumber(7)}, SinkNumber(1))
                     .value());
}

// Goal    a volume that loses every batch for a month has one row for it.
// Method  ranges in any order, touching, overlapping, one in the other, with a gap; looked at in
//         the database, because is_lost() is the same with a row for each.
TEST_F(FileTablesTest, NeighbouringLostBatchesAreOneRange) {
    const auto lose = [&](const VolumeId& volume, std::uint64_t first, std::uint64_t last) {
        ASSERT_TRUE(catalog().record_lost(volume, BatchNumber(first), BatchNumber(last)).ok());
    };
    using Range = std::pair<std::int64_t, std::int64_t>;
    const auto ranges = [&] {
        std::vector<Range> all;
        auto database = sqlite::Database::open(directory_ / "catalog.sqlite", {}).value();
        auto query = database
                         .query(
                             "SELECT first, last FROM lost_batches WHERE volume = ?1"
                             " ORDER BY last",
                             kVolume.value)
                         .value();
        while (query->step().value()) {
            auto row = query.row();
            const auto first = row.integer();
            all.emplace_back(first, row.integer());
        }
        return all;
    };
    lose(kVolume, 10, 12);
    lose(kVolume, 10, 12);
    lose(kVolume, 13, 13);
    lose(VolumeId("slow"), 14, 20);
    EXPECT_THAT(ranges(), ElementsAre(Range(10, 13)));
    lose(kVolume, 15, 16);
    lose(kVolume, 18, 19);
    EXPECT_THAT(ranges(), ElementsAre(Range(10, 13), Range(15, 16), Range(18, 19)));
    lose(kVolume, 8, 9);
    lose(kVolume, 11, 12);
    EXPECT_THAT(ranges(), ElementsAre(Range(8, 13), Range(15, 16), Range(18, 19)));
    lose(kVolume, 14, 17);
    EXPECT_THAT(ranges(), ElementsAre(Range(8, 19)));
    lose(kVolume, 5, 30);
    EXPECT_THAT(ranges(), ElementsAre(Range(5, 30)));
    lose(kVolume, 0, 2);
    EXPECT_THAT(ranges(), ElementsAre(Range(0, 2), Range(5, 30)));
    for (std::uint64_t batch = 0; batch < 40; ++batch) {
        const bool is_lost = batch <= 2 || (5 <= batch && batch <= 30);
        EXPECT_EQ(catalog()
                      .is_lost({.volume = kVolume, .batch = BatchNumber(batch)}, SinkNumber(1))
                      .value(),
                  is_lost)
            << batch;
    }
}

}  // namespace
}  // namespace millrace::catalog
