// Goal    slices and files from sealing to being forgotten.

#include <gmock/gmock.h>

#include "tests/unit/storage/catalog/file_tables_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST_F(FileTablesTest, ASealedSliceIsThereAfterReopeningWithItsFile) {
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

TEST_F(FileTablesTest, UnknownIdsAreNotFound) {
    EXPECT_FALSE(catalog().find_slice(slice_id(1)).value().has_value());
    EXPECT_FALSE(catalog().find_file(file_id(1)).value().has_value());
    EXPECT_EQ(catalog().mark_uploading(slice_id(1)).error().code(), Code::not_found);
    EXPECT_EQ(catalog().mark_uploaded(slice_id(1), {.key = "k", .bytes = 1}).error().code(),
              Code::not_found);
    EXPECT_EQ(catalog().retry_slice(slice_id(1), {}).error().code(), Code::not_found);
    EXPECT_EQ(catalog().retry_file(file_id(1), {}).error().code(), Code::not_found);
    EXPECT_EQ(catalog().mark_importing(file_id(1)).error().code(), Code::not_found);
    EXPECT_EQ(catalog().mark_imported(file_id(1), kInstant).error().code(), Code::not_found);
}

// Goal    repeating every step after every later one changes nothing.
// Method  after each step of the life of a file, repeat all steps so far and compare.
TEST_F(FileTablesTest, EveryStepMayBeRepeatedAtAnyLaterTime) {
    const auto file = make_file(1, 5, 100, 1);
    using Step = std::function<Result<void>()>;
    const std::vector<Step> steps = {
        [&] { return catalog().record_sealed(make_slice(1, file)); },
        [&] { return catalog().close_file(file); },
        [&] { return catalog().mark_uploading(slice_id(1)); },
        [&]() -> Result<void> {
            TRY_ASSIGN(const bool counts,
                       catalog().mark_uploaded(slice_id(1), {.key = "key", .bytes = 7}));
            EXPECT_TRUE(counts);
            return {};
        },
        [&] { return catalog().mark_local_removed(slice_id(1)); },
        [&] { return catalog().mark_importing(file.id); },
        [&] { return catalog().mark_imported(file.id, kInstant); },
        [&] { return catalog().mark_staged_removed(slice_id(1)); },
    };
    const auto state = [&] {
        const auto slice = *catalog().find_slice(slice_id(1)).value();
        const auto known = *catalog().find_file(file.id).value();
        const auto statistics = catalog().statistics(SinkNumber(5)).value();
        const auto left = leftovers(10);
        return std::make_tuple(slice.state, slice.staged.key, slice.staged.bytes, known.state,
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

TEST_F(FileTablesTest, SlicesWaitForUploadOldestFirstUntilUploadedAndTheirRetryTime) {
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
    EXPECT_EQ(uploaded.staged, object(2));
    EXPECT_EQ(uploaded.retry, Retry());
    EXPECT_THAT(ids(catalog().slices_of(file.id).value()),
                ElementsAre(slice_id(1), slice_id(2), slice_id(3)));
}

TEST_F(FileTablesTest, RowsThatWaitInAStagingAreCounted) {
    const auto file = make_file(1, 5, 100, 3);
    for (const std::uint64_t number : {1u, 2u, 3u}) seal(number, file);
    upload(1);
    upload(2);
    EXPECT_EQ(catalog_->rows_by_staging().value(),
              (std::map<StagingName, std::uint64_t>{{StagingName("cold"), 10U + 20U}}));
    upload(3);
    ASSERT_TRUE(catalog().close_file(file).ok());
    import(1);
    EXPECT_THAT(catalog_->rows_by_staging().value(), IsEmpty());
}

TEST_F(FileTablesTest, TheFirstObjectThatIsRecordedIsTheSlicesOwn) {
    const auto file = make_file(1, 5, 100, 1);
    seal(1, file);
    ASSERT_TRUE(catalog().mark_uploading(slice_id(1)).ok());
    EXPECT_TRUE(catalog().mark_uploaded(slice_id(1), object(1)).value());
    EXPECT_TRUE(catalog().mark_uploaded(slice_id(1), object(1)).value()) << "repeated";

    auto other = object(1);
    other.key = "key-of-another-attempt";
    EXPECT_FALSE(catalog().mark_uploaded(slice_id(1), other).value());
    other = object(1);
    other.staging = kDefaultStaging;
    EXPECT_FALSE(catalog().mark_uploaded(slice_id(1), other).value());
    EXPECT_EQ(catalog().find_slice(slice_id(1)).value()->staged, object(1));
}

TEST_F(FileTablesTest, ARetryFartherAheadThanAnyDelayIsOfAClockThatWasAhead) {
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

TEST_F(FileTablesTest, AFileIsImportedOnceAllItsSlicesAreUploaded) {
    const auto file = make_file(1, 5, 100, 2);
    seal(1, file);
    upload(1);
    EXPECT_THAT(to_import(), IsEmpty()) << "it is not closed";
    ASSERT_TRUE(catalog().close_file(file).ok());
    EXPECT_THAT(to_import(), IsEmpty()) << "its second slice is not known yet";
    EXPECT_EQ(catalog().mark_imported(file.id, kInstant).error().code(), Code::conflict);
    seal(2, file);
    EXPECT_THAT(to_import(), IsEmpty()) << "its second slice is not uploaded";
    EXPECT_EQ(catalog().mark_imported(file.id, kInstant).error().code(), Code::conflict);
    upload(2);
    EXPECT_THAT(to_import(), ElementsAre(file.id));

    ASSERT_TRUE(catalog().mark_importing(file.id).ok());
    EXPECT_THAT(to_import(), ElementsAre(file.id)) << "a crash may have ended the import";
    ASSERT_TRUE(
        catalog().retry_file(file.id, {.attempt = 1, .reason = "x", .after = WallTime{900}}).ok());
    EXPECT_THAT(to_import(WallTime{899}), IsEmpty());
    EXPECT_THAT(to_import(WallTime{900}), ElementsAre(file.id));
    EXPECT_EQ(catalog().find_file(file.id).value()->retry.attempt, 1u);

    ASSERT_TRUE(catalog().mark_imported(file.id, kInstant).ok());
    EXPECT_THAT(to_import(), IsEmpty());
    EXPECT_EQ(catalog().find_file(file.id).value()->state, FileState::imported);
    EXPECT_EQ(catalog().find_file(file.id).value()->retry, Retry());
    EXPECT_EQ(catalog().find_slice(slice_id(1)).value()->state, SliceState::imported);
}

TEST_F(FileTablesTest, AFileThatStillTakesRowsCannotBeImported) {
    const auto file = make_file(1, 5, 100, 1);
    seal(1, file);
    upload(1);
    EXPECT_EQ(catalog().mark_importing(file.id).error().code(), Code::conflict);
    EXPECT_EQ(catalog().mark_imported(file.id, kInstant).error().code(), Code::conflict);
}

TEST_F(FileTablesTest, AFileWithoutSlicesCanBeImported) {
    const auto file = make_file(1, 5, 100, 0);
    ASSERT_TRUE(catalog().close_file(file).ok());
    EXPECT_THAT(to_import(), ElementsAre(file.id));
    import(1);
    EXPECT_THAT(to_import(), IsEmpty());
    EXPECT_EQ(catalog().statistics(SinkNumber(5)).value().target, LevelStatistics());
}

// The clock was set back each time a file was opened.
TEST_F(FileTablesTest, FilesOfASinkAreImportedInOpeningOrder) {
    const auto first = make_file(1, 5, 300, 1), second = make_file(2, 5, 200, 1);
    const auto third = make_file(3, 5, 100, 1), other = make_file(4, 6, 250, 1);
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

    import(1);
    EXPECT_THAT(to_import(), ElementsAre(second.id, other.id));
    import(2);
    import(4);
    EXPECT_THAT(to_import(), ElementsAre(third.id));
}

TEST_F(FileTablesTest, FilesOpenedAtTheSameTimeAreOrderedById) {
    for (const std::uint64_t number : {2u, 1u}) {
        ASSERT_TRUE(catalog().close_file(make_file(number, 5, 100, 0)).ok());
    }
    EXPECT_THAT(to_import(), ElementsAre(file_id(1)));
}

TEST_F(FileTablesTest, LeftoversAreListedUntilTheyAreRemoved) {
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
    EXPECT_THAT(left.staged,
                ElementsAre(Pair(slice_id(1), object(1)), Pair(slice_id(2), object(2))));
    left = catalog().leftovers({.after_local = slice_id(2), .limit = 10}).value();
    EXPECT_THAT(left.local, IsEmpty());
    EXPECT_EQ(left.staged.size(), 2u);
    left = catalog().leftovers({.after_staged = slice_id(1), .limit = 10}).value();
    EXPECT_THAT(left.local, ElementsAre(local(2)));
    EXPECT_THAT(left.staged, ElementsAre(Pair(slice_id(2), object(2))));
    ASSERT_TRUE(catalog().mark_staged_removed(slice_id(1)).ok());
    reopen();
    left = leftovers(10);
    EXPECT_THAT(left.staged, ElementsAre(Pair(slice_id(2), object(2))));
}

TEST_F(FileTablesTest, DeletedLocalFilesAreKnownUntilTheirSliceIsForgotten) {
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

TEST_F(FileTablesTest, OnlyOldCleanAndCheckpointedFilesAreForgotten) {
    for (const std::uint64_t number : {1u, 2u, 3u, 4u}) {
        const auto file = make_file(number, 5, 100, 1);
        seal(number, file);
        ASSERT_TRUE(catalog().close_file(file).ok());
        upload(number);
        import(number, AgeTime{static_cast<std::int64_t>(number) * 10});
        ASSERT_TRUE(catalog().mark_local_removed(slice_id(number)).ok());
        if (number == 2) continue;
        ASSERT_TRUE(catalog().mark_staged_removed(slice_id(number)).ok());
    }
    const auto forget_before = [&](std::int64_t before, std::uint64_t sequence,
                                   std::uint32_t limit) {
        return forget(kVolume, AgeTime{before}, Sequence(sequence), limit);
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

TEST_F(FileTablesTest, WhatIsNotImportedIsNotForgotten) {
    const auto file = make_file(1, 5, 100, 1);
    seal(1, file);
    ASSERT_TRUE(catalog().close_file(file).ok());
    upload(1);
    ASSERT_TRUE(catalog().delete_imported({*catalog().find_file(file.id).value()}).ok());
    EXPECT_TRUE(catalog().find_slice(slice_id(1)).value().has_value());
    EXPECT_THAT(to_import(), ElementsAre(file.id));
}

TEST_F(FileTablesTest, SizesNearTheLimitsComeBack) {
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
