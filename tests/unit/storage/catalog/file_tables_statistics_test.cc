// Goal    every row is counted once, and what is not imported is told.

#include "tests/unit/storage/catalog/file_tables_fixture.h"

namespace millrace::catalog {
namespace {

TEST_F(FileTablesTest, EveryRowIsCountedAtExactlyOneLevel) {
    const auto file = make_file(1, 5, 100, 3), other = make_file(2, 6, 100, 1);
    for (const std::uint64_t number : {1u, 2u, 3u}) seal(number, file);
    seal(4, other);
    ASSERT_TRUE(catalog().close_file(file).ok());
    auto statistics = catalog().statistics(SinkNumber(5)).value();
    EXPECT_EQ(statistics.local, (LevelStatistics{60, 600, 0, WallTime{102}, WallTime{108}}));

    upload(2);
    ASSERT_TRUE(catalog().mark_uploading(slice_id(3)).ok());
    statistics = catalog().statistics(SinkNumber(5)).value();
    EXPECT_EQ(statistics.local, (LevelStatistics{40, 400, 0, WallTime{102}, WallTime{108}}));
    EXPECT_EQ(statistics.staging, (LevelStatistics{20, 200, 14, WallTime{103}, WallTime{107}}));
    EXPECT_EQ(statistics.target, LevelStatistics());

    upload(1);
    upload(3);
    import(1);
    statistics = catalog().statistics(SinkNumber(5)).value();
    EXPECT_EQ(statistics.local, LevelStatistics());
    EXPECT_EQ(statistics.staging, LevelStatistics());
    EXPECT_EQ(statistics.target, (LevelStatistics{60, 600, 42, WallTime{102}, WallTime{108}}));

    const auto all = catalog().all_statistics().value();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].sink, SinkNumber(5));
    EXPECT_EQ(all[0].statistics.target, statistics.target);
    EXPECT_EQ(all[1].sink, SinkNumber(6));
    EXPECT_EQ(all[1].statistics.local.rows, 40u);
    EXPECT_EQ(catalog().statistics(SinkNumber(7)).value().local, LevelStatistics());
}

TEST_F(FileTablesTest, WhatIsNotImportedIsToldByTheMappingOfItsFile) {
    auto old = make_file(1, 5, 100, 2), young = make_file(2, 5, 200, 1);
    old.sink.mapping = MappingVersion(2);
    for (const std::uint64_t number : {1u, 2u}) seal(number, old);
    seal(3, young);
    auto empty = make_slice(4, make_file(3, 6, 300, 1));
    empty.content.rows = 0;
    ASSERT_TRUE(catalog().record_sealed(empty).ok());
    upload(2);

    using ToImport = std::vector<std::pair<SinkVersion, std::uint64_t>>;
    const auto to_import = [&] {
        ToImport all;
        const auto waiting = catalog().rows_to_import().value();
        for (const auto& [sink, rows] : waiting) all.emplace_back(sink, rows);
        return all;
    };
    EXPECT_EQ(
        to_import(),
        (ToImport{{old.sink, 30}, {young.sink, 30}, {{SinkNumber(6), MappingVersion(3)}, 0}}));
    upload(1);
    ASSERT_TRUE(catalog().close_file(old).ok());
    import(1);
    EXPECT_EQ(to_import(), (ToImport{{young.sink, 30}, {{SinkNumber(6), MappingVersion(3)}, 0}}));
}

TEST_F(FileTablesTest, WhatIsNotImportedIsToldByVolume) {
    auto other = make_file(2, 5, 200, 1);
    other.volume = VolumeId("slow");
    const auto file = make_file(1, 5, 100, 1);
    seal(1, file);
    seal(2, other);
    upload(2);
    using Rows = std::map<VolumeId, std::uint64_t>;
    const auto rows = [&] { return catalog().rows_to_import_by_volume().value(); };
    EXPECT_EQ(rows(), (Rows{{kVolume, 10}, {other.volume, 20}})) << "one is still written";
    upload(1);
    ASSERT_TRUE(catalog().close_file(file).ok());
    import(1);
    EXPECT_EQ(rows(), (Rows{{other.volume, 20}}));
}

TEST_F(FileTablesTest, TotalsSurviveTheHistory) {
    for (const std::uint64_t number : {1u, 2u}) {
        const auto file = make_file(number, 5, 100 * static_cast<std::int64_t>(number), 1);
        seal(number, file);
        ASSERT_TRUE(catalog().close_file(file).ok());
        upload(number);
        import(number);
        ASSERT_TRUE(catalog().mark_local_removed(slice_id(number)).ok());
        ASSERT_TRUE(catalog().mark_staged_removed(slice_id(number)).ok());
    }
    const auto before = catalog().statistics(SinkNumber(5)).value().target;
    EXPECT_EQ(before, (LevelStatistics{30, 300, 21, WallTime{102}, WallTime{207}}));
    EXPECT_EQ(forget(kVolume, kInstant.age + Milliseconds(1)), 2u);
    EXPECT_FALSE(catalog().find_file(file_id(1)).value().has_value());
    EXPECT_FALSE(catalog().find_slice(slice_id(1)).value().has_value());
    EXPECT_EQ(catalog().statistics(SinkNumber(5)).value().target, before);
}

}  // namespace
}  // namespace millrace::catalog
