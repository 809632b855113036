#include "storage/catalog/lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/catalog/sqlite_catalog.h"
#include "storage/sqlite/database.h"
#include "tests/support/temp_directory.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing_support::TempDirectory;

constexpr WallTime kNow{1'000'000};

FileId file_id(std::uint64_t number) {
    return FileId(make_uuid_v7(WallTime{1}, number, 0));
}
SliceId slice_id(std::uint64_t number) {
    return SliceId(make_uuid_v7(WallTime{2}, number, 0));
}

const VolumeId kVolume("fast");

LocalSlice local(std::uint64_t number) {
    return {.volume = kVolume, .slice = slice_id(number)};
}

OpenFile make_file(std::uint64_t number, std::uint64_t sink, std::int64_t opened_at,
                   std::uint32_t slices) {
    OpenFile file;
    file.id = file_id(number);
    file.sink = {SinkNumber(sink), MappingVersion(3)};
    file.opened_at = WallTime{opened_at};
    file.slices = slices;
    file.volume = kVolume;
    return file;
}

// A slice of 10 rows and 100 bytes times its number.
OpenSlice make_slice(std::uint64_t number, const OpenFile& file) {
    const auto at = file.opened_at.unix_ms + static_cast<std::int64_t>(number);
    return {.opening = {.slice = slice_id(number),
                        .file = file.id,
                        .sink = file.sink,
                        .opened_at = WallTime{at},
                        .volume = file.volume},
            .content = {.bytes = number * 100,
                        .rows = number * 10,
                        .crc = 0xfedcba98,
                        .first_at = WallTime{at + 1},
                        .last_at = WallTime{at + 5},
                        .last_sequence = Sequence(number * 1000),
                        .first_batch = BatchNumber(number * 100 - 50),
                        .last_batch = BatchNumber(number * 100)}};
}

template <typename T>
std::vector<FileId> ids(const std::vector<T>& files) {
    std::vector<FileId> all;
    for (const auto& file : files) all.push_back(file.id);
    return all;
}

std::vector<SliceId> ids(const std::vector<Slice>& slices) {
    std::vector<SliceId> all;
    for (const auto& slice : slices) all.push_back(slice.opening.slice);
    return all;
}

class LifecycleTest : public testing::Test {
protected:
    void reopen() {
        catalog_.reset();
        catalog_ = SqliteCatalog::open(directory_ / "catalog.sqlite").value();
    }
    void SetUp() override { reopen(); }
    LifecycleCatalog& catalog() { return *catalog_; }

    void seal(std::uint64_t number, const OpenFile& file) {
        ASSERT_TRUE(catalog().record_sealed(make_slice(number, file)).ok());
    }
    void upload(std::uint64_t number) {
        ASSERT_TRUE(catalog().mark_uploading(slice_id(number)).ok());
        ASSERT_TRUE(catalog().mark_uploaded(slice_id(number), key(number), number * 7).ok());
    }
    LifecycleCatalog::Leftovers leftovers(std::uint32_t limit) {
        return catalog().leftovers({.limit = limit}).value();
    }
    std::size_t forget(const VolumeId& volume, WallTime before, Sequence sequence = Sequence(9999),
                       std::uint32_t limit = 10) {
        const auto files = catalog().forgettable_files(volume, before, sequence, limit).value();
        EXPECT_TRUE(catalog().delete_imported(files).ok());
        return files.size();
    }
    static std::string key(std::uint64_t number) { return "key-" + std::to_string(number); }
    void import(std::uint64_t file, WallTime now = kNow) {
        ASSERT_TRUE(catalog().mark_importing(file_id(file)).ok());
        ASSERT_TRUE(catalog().mark_imported(file_id(file), now).ok());
    }
    std::vector<FileId> to_import(WallTime now = kNow) {
        return ids(catalog().files_to_import(now, 100).value());
    }

    TempDirectory directory_;
    std::unique_ptr<SqliteCatalog> catalog_;
};

TEST_F(LifecycleTest, ASealedSliceIsThereAfterReopeningWithItsFile) {
    const auto file = make_file(1, 5, 100, 2);
    seal(1, file);
    seal(2, file);
    reopen();
    const auto slice = *catalog().find_slice(slice_id(2)).value();
    EXPECT_EQ(slice.opening, make_slice(2, file).opening);
    EXPECT_EQ(slice.content, make_slice(2, file).content);
    EXPECT_EQ(slice.state, SliceState::closing);
    EXPECT_EQ(slice.retry, Retry());

    const auto writing = catalog().writing_files(kVolume).value();
    ASSERT_EQ(writing.size(), 1u);
    EXPECT_EQ(writing[0].id, file.id);
    EXPECT_EQ(writing[0].sink, file.sink);
    EXPECT_EQ(writing[0].slices, 2u);
    EXPECT_EQ(writing[0].rows, 30u);
    EXPECT_EQ(writing[0].bytes, 300u);
    EXPECT_FALSE(writing[0].slice.has_value());

    ASSERT_TRUE(catalog().close_file(file).ok());
    EXPECT_THAT(catalog().writing_files(kVolume).value(), IsEmpty());
    const auto closed = *catalog().find_file(file.id).value();
    EXPECT_EQ(closed.state, FileState::closing);
    EXPECT_EQ(closed.slices, 2u);
    EXPECT_EQ(closed.opened_at, file.opened_at);
    EXPECT_EQ(closed.sink, file.sink);
}

TEST_F(LifecycleTest, UnknownIdsAreNotFound) {
    EXPECT_FALSE(catalog().find_slice(slice_id(1)).value().has_value());
    EXPECT_FALSE(catalog().find_file(file_id(1)).value().has_value());
    EXPECT_EQ(catalog().mark_uploading(slice_id(1)).error().code(), Code::not_found);
    EXPECT_EQ(catalog().mark_uploaded(slice_id(1), "k", 1).error().code(), Code::not_found);
    EXPECT_EQ(catalog().retry_slice(slice_id(1), {}).error().code(), Code::not_found);
    EXPECT_EQ(catalog().retry_file(file_id(1), {}).error().code(), Code::not_found);
    EXPECT_EQ(catalog().mark_importing(file_id(1)).error().code(), Code::not_found);
    EXPECT_EQ(catalog().mark_imported(file_id(1), kNow).error().code(), Code::not_found);
}

// Goal    repeating every step after every later one changes nothing.
// Method  after each step of the life of a file, repeat all steps so far and compare.
TEST_F(LifecycleTest, EveryStepMayBeRepeatedAtAnyLaterTime) {
    const auto file = make_file(1, 5, 100, 1);
    using Step = std::function<Result<void>()>;
    const std::vector<Step> steps = {
        [&] { return catalog().record_sealed(make_slice(1, file)); },
        [&] { return catalog().close_file(file); },
        [&] { return catalog().mark_uploading(slice_id(1)); },
        [&] { return catalog().mark_uploaded(slice_id(1), "key", 7); },
        [&] { return catalog().mark_local_removed(slice_id(1)); },
        [&] { return catalog().mark_importing(file.id); },
        [&] { return catalog().mark_imported(file.id, kNow); },
        [&] { return catalog().mark_staged_removed(slice_id(1)); },
    };
    const auto state = [&] {
        const auto slice = *catalog().find_slice(slice_id(1)).value();
        const auto known = *catalog().find_file(file.id).value();
        const auto statistics = catalog().statistics(SinkNumber(5)).value();
        const auto left = leftovers(10);
        return std::make_tuple(slice.state, slice.staging_key, slice.staged_bytes, known.state,
                               known.slices, statistics.local.rows, statistics.staging.rows,
                               statistics.target.rows, left.local.size(), left.staged.size());
    };
    for (std::size_t done = 0; done < steps.size(); ++done) {
        SCOPED_TRACE(done);
        ASSERT_TRUE(steps[done]().ok());
        const auto before = state();
        for (std::size_t again = 0; again <= done; ++again) ASSERT_TRUE(steps[again]().ok());
        ASSERT_EQ(state(), before);
    }
    EXPECT_EQ(catalog().statistics(SinkNumber(5)).value().target.rows, 10u);
}

TEST_F(LifecycleTest, SlicesWaitForUploadOldestFirstUntilUploadedAndTheirRetryTime) {
    const auto file = make_file(1, 5, 100, 3);
    for (const std::uint64_t number : {3u, 1u, 2u}) seal(number, file);
    const auto waiting = [&](std::int64_t now, std::uint32_t limit) {
        return ids(catalog().slices_to_upload(WallTime{now}, limit).value());
    };
    EXPECT_THAT(waiting(0, 10), ElementsAre(slice_id(1), slice_id(2), slice_id(3)));
    EXPECT_THAT(waiting(0, 2), ElementsAre(slice_id(1), slice_id(2)));

    upload(1);
    const Retry retry{.attempt = 2, .reason = "disk full", .after = WallTime{500}};
    ASSERT_TRUE(catalog().mark_uploading(slice_id(2)).ok());
    ASSERT_TRUE(catalog().retry_slice(slice_id(2), retry).ok());
    EXPECT_EQ(catalog().find_slice(slice_id(2)).value()->retry, retry);
    EXPECT_THAT(waiting(499, 10), ElementsAre(slice_id(3)));
    EXPECT_THAT(waiting(500, 10), ElementsAre(slice_id(2), slice_id(3)));

    upload(2);
    const auto uploaded = *catalog().find_slice(slice_id(2)).value();
    EXPECT_EQ(uploaded.state, SliceState::uploaded);
    EXPECT_EQ(uploaded.staging_key, "key-2");
    EXPECT_EQ(uploaded.staged_bytes, 14u);
    EXPECT_EQ(uploaded.retry, Retry());
    EXPECT_THAT(ids(catalog().slices_of(file.id).value()),
                ElementsAre(slice_id(1), slice_id(2), slice_id(3)));
}

TEST_F(LifecycleTest, ARetryFartherAheadThanAnyDelayIsOfAClockThatWasAhead) {
    const auto file = make_file(1, 5, 100, 2);
    seal(1, file);
    seal(2, file);
    upload(2);
    ASSERT_TRUE(catalog().close_file(file).ok());
    const auto far = kNow + kRetryAheadMax + Milliseconds(1);
    const auto waiting = [&] { return catalog().slices_to_upload(kNow, 10).value().size(); };
    ASSERT_TRUE(catalog().retry_slice(slice_id(1), {1, "x", kNow + kRetryAheadMax}).ok());
    EXPECT_EQ(waiting(), 0u);
    ASSERT_TRUE(catalog().retry_slice(slice_id(1), {1, "x", far}).ok());
    EXPECT_EQ(waiting(), 1u);

    upload(1);
    ASSERT_TRUE(catalog().retry_file(file.id, {1, "x", kNow + kRetryAheadMax}).ok());
    EXPECT_THAT(to_import(), IsEmpty());
    ASSERT_TRUE(catalog().retry_file(file.id, {1, "x", far}).ok());
    EXPECT_THAT(to_import(), ElementsAre(file.id));
}

TEST_F(LifecycleTest, AFileIsImportedOnceAllItsSlicesAreUploaded) {
    const auto file = make_file(1, 5, 100, 2);
    seal(1, file);
    upload(1);
    EXPECT_THAT(to_import(), IsEmpty()) << "it is not closed";
    ASSERT_TRUE(catalog().close_file(file).ok());
    EXPECT_THAT(to_import(), IsEmpty()) << "its second slice is not known yet";
    EXPECT_EQ(catalog().mark_imported(file.id, kNow).error().code(), Code::conflict);
    seal(2, file);
    EXPECT_THAT(to_import(), IsEmpty()) << "its second slice is not uploaded";
    EXPECT_EQ(catalog().mark_imported(file.id, kNow).error().code(), Code::conflict);
    upload(2);
    EXPECT_THAT(to_import(), ElementsAre(file.id));

    ASSERT_TRUE(catalog().mark_importing(file.id).ok());
    EXPECT_THAT(to_import(), ElementsAre(file.id)) << "a crash may have ended the import";
    ASSERT_TRUE(
        catalog().retry_file(file.id, {.attempt = 1, .reason = "x", .after = WallTime{900}}).ok());
    EXPECT_THAT(to_import(WallTime{899}), IsEmpty());
    EXPECT_THAT(to_import(WallTime{900}), ElementsAre(file.id));
    EXPECT_EQ(catalog().find_file(file.id).value()->retry.attempt, 1u);

    ASSERT_TRUE(catalog().mark_imported(file.id, kNow).ok());
    EXPECT_THAT(to_import(), IsEmpty());
    EXPECT_EQ(catalog().find_file(file.id).value()->state, FileState::imported);
    EXPECT_EQ(catalog().find_file(file.id).value()->retry, Retry());
    EXPECT_EQ(catalog().find_slice(slice_id(1)).value()->state, SliceState::imported);
}

TEST_F(LifecycleTest, AFileThatStillTakesRowsCannotBeImported) {
    const auto file = make_file(1, 5, 100, 1);
    seal(1, file);
    upload(1);
    EXPECT_EQ(catalog().mark_importing(file.id).error().code(), Code::conflict);
    EXPECT_EQ(catalog().mark_imported(file.id, kNow).error().code(), Code::conflict);
}

TEST_F(LifecycleTest, AFileWithoutSlicesCanBeImported) {
    const auto file = make_file(1, 5, 100, 0);
    ASSERT_TRUE(catalog().close_file(file).ok());
    EXPECT_THAT(to_import(), ElementsAre(file.id));
    import(1);
    EXPECT_THAT(to_import(), IsEmpty());
    EXPECT_EQ(catalog().statistics(SinkNumber(5)).value().target, LevelStatistics());
}

TEST_F(LifecycleTest, FilesOfASinkAreImportedInOpeningOrder) {
    const auto first = make_file(3, 5, 100, 1), second = make_file(2, 5, 200, 1);
    const auto third = make_file(1, 5, 300, 1), other = make_file(4, 6, 250, 1);
    for (const auto& [number, file] : {std::pair(1u, first), std::pair(2u, second),
                                       std::pair(3u, third), std::pair(4u, other)}) {
        seal(number, file);
        upload(number);
    }
    for (const auto& file : {second, third, other}) ASSERT_TRUE(catalog().close_file(file).ok());
    EXPECT_THAT(to_import(), ElementsAre(other.id)) << "the first one still takes rows";

    ASSERT_TRUE(catalog().close_file(first).ok());
    EXPECT_THAT(to_import(), ElementsAre(first.id, other.id));
    EXPECT_EQ(ids(catalog().files_to_import(kNow, 1).value()).size(), 1u);
    ASSERT_TRUE(catalog().retry_file(first.id, {1, "x", kNow + Milliseconds(1)}).ok());
    EXPECT_THAT(to_import(), ElementsAre(other.id)) << "the second one may not overtake it";

    import(3);
    EXPECT_THAT(to_import(), ElementsAre(second.id, other.id));
    import(2);
    import(4);
    EXPECT_THAT(to_import(), ElementsAre(third.id));
}

TEST_F(LifecycleTest, FilesOpenedAtTheSameTimeAreOrderedById) {
    for (const std::uint64_t number : {2u, 1u}) {
        ASSERT_TRUE(catalog().close_file(make_file(number, 5, 100, 0)).ok());
    }
    EXPECT_THAT(to_import(), ElementsAre(file_id(1)));
}

TEST_F(LifecycleTest, EveryRowIsCountedAtExactlyOneLevel) {
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

TEST_F(LifecycleTest, WhatIsNotImportedIsToldByTheMappingOfItsFile) {
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

TEST_F(LifecycleTest, WhatIsNotImportedIsToldByVolume) {
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

TEST_F(LifecycleTest, TotalsSurviveTheHistory) {
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
    EXPECT_EQ(forget(kVolume, kNow + Milliseconds(1)), 2u);
    EXPECT_FALSE(catalog().find_file(file_id(1)).value().has_value());
    EXPECT_FALSE(catalog().find_slice(slice_id(1)).value().has_value());
    EXPECT_EQ(catalog().statistics(SinkNumber(5)).value().target, before);
}

TEST_F(LifecycleTest, LeftoversAreListedUntilTheyAreRemoved) {
    const auto file = make_file(1, 5, 100, 2);
    seal(1, file);
    seal(2, file);
    ASSERT_TRUE(catalog().close_file(file).ok());
    EXPECT_THAT(leftovers(10).local, IsEmpty());
    ASSERT_TRUE(catalog().mark_local_removed(slice_id(1)).ok());

    upload(1);
    upload(2);
    EXPECT_THAT(leftovers(10).local, ElementsAre(local(1), local(2)))
        << "a removal recorded before the upload does not count";
    EXPECT_THAT(leftovers(1).local, ElementsAre(local(1)));
    EXPECT_THAT(leftovers(10).staged, IsEmpty());
    ASSERT_TRUE(catalog().mark_local_removed(slice_id(1)).ok());

    import(1);
    auto left = leftovers(10);
    EXPECT_THAT(left.local, ElementsAre(local(2)));
    EXPECT_THAT(left.staged, ElementsAre(Pair(slice_id(1), "key-1"), Pair(slice_id(2), "key-2")));
    left = catalog().leftovers({.after_local = slice_id(2), .limit = 10}).value();
    EXPECT_THAT(left.local, IsEmpty());
    EXPECT_EQ(left.staged.size(), 2u);
    left = catalog().leftovers({.after_staged = slice_id(1), .limit = 10}).value();
    EXPECT_THAT(left.local, ElementsAre(local(2)));
    EXPECT_THAT(left.staged, ElementsAre(Pair(slice_id(2), "key-2")));
    ASSERT_TRUE(catalog().mark_staged_removed(slice_id(1)).ok());
    reopen();
    left = leftovers(10);
    EXPECT_THAT(left.staged, ElementsAre(Pair(slice_id(2), "key-2")));
}

TEST_F(LifecycleTest, DeletedLocalFilesAreKnownUntilTheirSliceIsForgotten) {
    const auto file = make_file(1, 5, 100, 2);
    seal(1, file);
    seal(2, file);
    upload(1);
    upload(2);
    const auto removed = [&] { return catalog().removed_slices(kVolume).value(); };
    EXPECT_THAT(removed(), IsEmpty());
    ASSERT_TRUE(catalog().mark_local_removed(slice_id(1)).ok());
    EXPECT_THAT(removed(), ElementsAre(slice_id(1)));
    EXPECT_THAT(catalog().removed_slices(VolumeId("slow")).value(), IsEmpty());
    ASSERT_TRUE(catalog().close_file(file).ok());
    import(1);
    EXPECT_THAT(removed(), ElementsAre(slice_id(1)));
}

TEST_F(LifecycleTest, OnlyOldCleanAndCheckpointedFilesAreForgotten) {
    for (const std::uint64_t number : {1u, 2u, 3u, 4u}) {
        const auto file = make_file(number, 5, 100, 1);
        seal(number, file);
        ASSERT_TRUE(catalog().close_file(file).ok());
        upload(number);
        import(number, WallTime{static_cast<std::int64_t>(number) * 10});
        ASSERT_TRUE(catalog().mark_local_removed(slice_id(number)).ok());
        if (number == 2) continue;
        ASSERT_TRUE(catalog().mark_staged_removed(slice_id(number)).ok());
    }
    const auto forget_before = [&](std::int64_t before, std::uint64_t sequence,
                                   std::uint32_t limit) {
        return forget(kVolume, WallTime{before}, Sequence(sequence), limit);
    };
    const auto known = [&] {
        std::vector<std::uint64_t> all;
        for (const std::uint64_t number : {1u, 2u, 3u, 4u}) {
            if (catalog().find_file(file_id(number)).value()) all.push_back(number);
        }
        return all;
    };
    EXPECT_EQ(forget_before(10, 9999, 10), 0u);
    EXPECT_EQ(forget_before(99, 999, 10), 0u);
    EXPECT_EQ(forget_before(99, 2999, 10),
              1u);  // 1; 2 has a staged object, 3 and 4 could be replayed
    EXPECT_THAT(known(), ElementsAre(2u, 3u, 4u));
    EXPECT_EQ(forget_before(99, 9999, 1), 1u);
    EXPECT_THAT(known(), ElementsAre(2u, 4u));
    ASSERT_TRUE(catalog().mark_staged_removed(slice_id(2)).ok());
    EXPECT_EQ(forget_before(99, 9999, 10), 2u);
    EXPECT_THAT(known(), IsEmpty());
}

TEST_F(LifecycleTest, WhatIsNotImportedIsNotForgotten) {
    const auto file = make_file(1, 5, 100, 1);
    seal(1, file);
    ASSERT_TRUE(catalog().close_file(file).ok());
    upload(1);
    ASSERT_TRUE(catalog().delete_imported({*catalog().find_file(file.id).value()}).ok());
    EXPECT_TRUE(catalog().find_slice(slice_id(1)).value().has_value());
    EXPECT_THAT(to_import(), ElementsAre(file.id));
}

TEST_F(LifecycleTest, AVolumeHoldsUpNeitherImportsNorClosingOfAnother) {
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
    EXPECT_EQ(forget(VolumeId("slow"), kNow + Milliseconds(1)), 0U);
    EXPECT_EQ(forget(kVolume, kNow + Milliseconds(1)), 1U);
}

TEST_F(LifecycleTest, TheNewestOfAVolumeIsOfAllThatIsNotImported) {
    const auto newest = [&] { return catalog().newest_waiting(kVolume).value(); };
    EXPECT_EQ(newest().id, Uuid());
    EXPECT_EQ(newest().opened_at, WallTime());

    auto other = make_file(9, 5, 900, 1);
    other.volume = VolumeId("slow");
    seal(9, other);
    EXPECT_EQ(newest().id, Uuid());

    const auto file = make_file(1, 5, 200, 1);
    seal(1, file);
    EXPECT_EQ(newest().id, slice_id(1).value) << "a slice of a file that is written";
    EXPECT_EQ(newest().opened_at, WallTime{201});
    ASSERT_TRUE(catalog().close_file(file).ok());
    auto empty = make_file(3, 5, 300, 0);
    empty.id = FileId(make_uuid_v7(WallTime{3}, 1, 0));
    ASSERT_TRUE(catalog().close_file(empty).ok());
    EXPECT_EQ(newest().id, empty.id.value);
    EXPECT_EQ(newest().opened_at, WallTime{300});

    ASSERT_TRUE(catalog().mark_importing(empty.id).ok());
    EXPECT_EQ(newest().id, empty.id.value) << "it is imported once more after a crash";
    ASSERT_TRUE(catalog().mark_imported(empty.id, kNow).ok());
    EXPECT_EQ(newest().id, slice_id(1).value);
    upload(1);
    import(1);
    EXPECT_EQ(newest().id, Uuid());
}

TEST_F(LifecycleTest, SlicesAreFoundByABatchOfTheirSinkAndVolume) {
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
TEST_F(LifecycleTest, BatchesThatALifeGaveAndTheNextDidNotFindAreLost) {
    const auto id = make_uuid_v7(WallTime{1}, 1, 1);
    const auto open = [&](BatchNumber durable) {
        reopen();
        return catalog().open_volume(kVolume, id, durable).value();
    };
    const auto is_lost = [&](std::uint64_t batch) {
        return catalog().is_lost({.volume = kVolume, .batch = BatchNumber(batch)}).value();
    };
    EXPECT_FALSE(catalog().volume_id(kVolume).value().has_value());
    const auto first = open(BatchNumber(0)).value;
    EXPECT_EQ(first, 0U);
    EXPECT_EQ(catalog().volume_id(kVolume).value(), id);
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
    EXPECT_FALSE(catalog().is_lost({.volume = VolumeId("slow"), .batch = BatchNumber(7)}).value());
}

// Goal    a volume that loses every batch for a month has one row for it.
// Method  ranges in any order, touching, overlapping, one in the other, with a gap; looked at in
//         the database, because is_lost() is the same with a row for each.
TEST_F(LifecycleTest, NeighbouringLostBatchesAreOneRange) {
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
        EXPECT_EQ(catalog().is_lost({.volume = kVolume, .batch = BatchNumber(batch)}).value(),
                  is_lost)
            << batch;
    }
}

TEST_F(LifecycleTest, SizesNearTheLimitsComeBack) {
    const auto file = make_file(1, 5, 100, 1);
    auto slice = make_slice(1, file);
    slice.content.crc = 0xffffffff;
    slice.content.last_sequence = Sequence(std::uint64_t{1} << 62);
    slice.content.bytes = std::uint64_t{1} << 40;
    ASSERT_TRUE(catalog().record_sealed(slice).ok());
    EXPECT_EQ(catalog().find_slice(slice_id(1)).value()->content, slice.content);
}

}  // namespace
}  // namespace millrace::catalog
