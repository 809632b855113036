#include "tests/conformance/file_catalog_suite.h"

#include <gmock/gmock.h>

#include <functional>
#include <optional>
#include <tuple>
#include <utility>

namespace millrace::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const VolumeId kVolume("fast");
const VolumeId kOther("slow");

constexpr WallTime kNow{1'000'000};
constexpr Instant kInstant{.wall = kNow, .age = AgeTime{1'000'000}};

FileId file_id(std::uint64_t number) {
    return FileId(make_uuid_v7(AgeTime{1}, number, 0));
}
SliceId slice_id(std::uint64_t number) {
    return SliceId(make_uuid_v7(AgeTime{2}, number, 0));
}
LocalSlice local(std::uint64_t number) {
    return {.volume = kVolume, .slice = slice_id(number)};
}

OpenFile make_file(std::uint64_t number, std::uint64_t sink, std::int64_t opened_at,
                   std::uint32_t slices, const VolumeId& volume = kVolume) {
    OpenFile file;
    file.id = file_id(number);
    file.sink = {SinkNumber(sink), MappingVersion(3)};
    file.opened_at = WallTime{opened_at};
    file.slices = slices;
    file.volume = volume;
    return file;
}

// A slice of 10 rows and 100 bytes times its number, in batches number * 100 - 50 to number * 100.
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

StagedObject object(std::uint64_t number) {
    return {.staging = StagingName("cold"),
            .key = "key-" + std::to_string(number),
            .compression = Compression::gzip,
            .bytes = number * 7};
}

std::vector<SliceId> ids(const std::vector<Slice>& slices) {
    std::vector<SliceId> all;
    for (const auto& slice : slices) all.push_back(slice.opening.slice);
    return all;
}

template <typename T>
std::vector<FileId> ids_of(const std::vector<T>& files) {
    std::vector<FileId> all;
    for (const auto& file : files) all.push_back(file.id);
    return all;
}

}  // namespace

void FileCatalogConformance::seal(std::uint64_t number, const OpenFile& file) {
    ASSERT_TRUE(catalog().record_sealed(make_slice(number, file)).ok());
}

void FileCatalogConformance::close(const OpenFile& file) {
    ASSERT_TRUE(catalog().close_file(file).ok());
}

void FileCatalogConformance::upload(std::uint64_t number) {
    ASSERT_TRUE(catalog().mark_uploading(slice_id(number)).ok());
    ASSERT_TRUE(catalog().mark_uploaded(slice_id(number), object(number)).value());
}

void FileCatalogConformance::import(std::uint64_t file, AgeTime now) {
    ASSERT_TRUE(catalog().mark_importing(file_id(file)).ok());
    ASSERT_TRUE(catalog().mark_imported(file_id(file), {.wall = kNow, .age = now}).ok());
}

std::vector<FileId> FileCatalogConformance::to_import(WallTime now) {
    return ids_of(catalog().files_to_import(now, 100).value());
}

std::vector<SliceId> FileCatalogConformance::to_upload(WallTime now, std::uint32_t limit) {
    return ids(catalog().slices_to_upload(now, limit).value());
}

FileCatalog::Leftovers FileCatalogConformance::leftovers(const FileCatalog::LeftoversPage& page) {
    return catalog().leftovers(page).value();
}

TEST_P(FileCatalogConformance, ASealedSliceIsThereWithItsFileUntilThatIsClosed) {
    const auto file = make_file(1, 5, 100, 2);
    seal(1, file);
    seal(2, file);
    const auto slice = catalog().find_slice(slice_id(2)).value().value();
    EXPECT_EQ(slice.opening, make_slice(2, file).opening);
    EXPECT_EQ(slice.content, make_slice(2, file).content);
    EXPECT_EQ(slice.state, SliceState::closing);
    EXPECT_EQ(slice.retry, Retry());
    EXPECT_THAT(ids(catalog().slices_of(file.id).value()), ElementsAre(slice_id(1), slice_id(2)));

    const auto writing = catalog().writing_files(kVolume).value();
    ASSERT_EQ(writing.size(), 1U);
    EXPECT_EQ(writing[0].id, file.id);
    EXPECT_EQ(writing[0].sink, file.sink);
    EXPECT_EQ(writing[0].opened_at, make_slice(1, file).opening.opened_at) << "of its first slice";
    EXPECT_EQ(writing[0].slices, 2U);
    EXPECT_EQ(writing[0].rows, 30U);
    EXPECT_EQ(writing[0].bytes, 300U);
    EXPECT_FALSE(writing[0].slice);
    EXPECT_THAT(catalog().writing_files(kOther).value(), IsEmpty());

    close(file);
    EXPECT_THAT(catalog().writing_files(kVolume).value(), IsEmpty());
    const auto closed = catalog().find_file(file.id).value().value();
    EXPECT_EQ(closed.state, FileState::closing);
    EXPECT_EQ(closed.slices, 2U);
    EXPECT_EQ(closed.sink, file.sink);
    EXPECT_EQ(closed.volume, kVolume);
}

TEST_P(FileCatalogConformance, ReportsAreRecordedTogether) {
    const auto one = make_file(1, 5, 100, 1);
    const auto two = make_file(2, 5, 200, 0);
    ASSERT_TRUE(catalog().record_reports({make_slice(1, one)}, {one, two}).ok());
    EXPECT_EQ(catalog().find_slice(slice_id(1)).value()->state, SliceState::closing);
    EXPECT_EQ(catalog().find_file(one.id).value()->state, FileState::closing);
    EXPECT_EQ(catalog().find_file(two.id).value()->state, FileState::closing);
}

TEST_P(FileCatalogConformance, UnknownIdsAreNotFound) {
    EXPECT_FALSE(catalog().find_slice(slice_id(1)).value());
    EXPECT_FALSE(catalog().find_file(file_id(1)).value());
    EXPECT_THAT(catalog().slices_of(file_id(1)).value(), IsEmpty());
    EXPECT_EQ(catalog().mark_uploading(slice_id(1)).error().code(), Code::not_found);
    EXPECT_EQ(catalog().mark_uploaded(slice_id(1), object(1)).error().code(), Code::not_found);
    EXPECT_EQ(catalog().retry_slice(slice_id(1), {}).error().code(), Code::not_found);
    EXPECT_EQ(catalog().retry_file(file_id(1), {}).error().code(), Code::not_found);
    EXPECT_EQ(catalog().mark_importing(file_id(1)).error().code(), Code::not_found);
    EXPECT_EQ(catalog().mark_imported(file_id(1), kInstant).error().code(), Code::not_found);
    EXPECT_EQ(catalog().set_aside(file_id(1), "x", kNow).error().code(), Code::not_found);
    EXPECT_EQ(catalog().restore_file(file_id(1), KnownKeys::replace).error().code(),
              Code::not_found);
    EXPECT_EQ(catalog().discard_file(file_id(1)).error().code(), Code::not_found);
    EXPECT_EQ(catalog().mark_local_removed(slice_id(1)).error().code(), Code::not_found);
    EXPECT_EQ(catalog().mark_staged_removed(slice_id(1)).error().code(), Code::not_found);
}

// Goal    repeating every step after every later one changes nothing.
// Method  after each step of the life of a file, repeat all steps so far and compare.
TEST_P(FileCatalogConformance, EveryStepMayBeRepeatedAtAnyLaterTime) {
    const auto file = make_file(1, 5, 100, 1);
    using Step = std::function<Result<void>()>;
    const std::vector<Step> steps = {
        [&] { return catalog().record_sealed(make_slice(1, file)); },
        [&] { return catalog().close_file(file); },
        [&] { return catalog().mark_uploading(slice_id(1)); },
        [&]() -> Result<void> {
            TRY_ASSIGN(const bool counts, catalog().mark_uploaded(slice_id(1), object(1)));
            EXPECT_TRUE(counts);
            return {};
        },
        [&] { return catalog().mark_local_removed(slice_id(1)); },
        [&] { return catalog().mark_importing(file.id); },
        [&] { return catalog().mark_imported(file.id, kInstant); },
        [&] { return catalog().mark_staged_removed(slice_id(1)); },
    };
    const auto state = [&] {
        const auto slice = catalog().find_slice(slice_id(1)).value().value();
        const auto known = catalog().find_file(file.id).value().value();
        const auto left = leftovers();
        return std::make_tuple(slice.state, slice.staged.key, slice.staged.bytes, known.state,
                               known.slices, left.local.size(), left.staged.size());
    };
    for (std::size_t done = 0; done < steps.size(); ++done) {
        SCOPED_TRACE(done);
        ASSERT_TRUE(steps[done]().ok());
        const auto before = state();
        for (std::size_t again = 0; again <= done; ++again) ASSERT_TRUE(steps[again]().ok());
        ASSERT_EQ(state(), before);
    }
}

TEST_P(FileCatalogConformance, SlicesWaitForUploadOldestFirstUntilUploadedAndTheirRetryTime) {
    const auto file = make_file(1, 5, 100, 3);
    for (const std::uint64_t number : {3U, 1U, 2U}) seal(number, file);
    EXPECT_THAT(to_upload(WallTime{0}), ElementsAre(slice_id(1), slice_id(2), slice_id(3)));
    EXPECT_THAT(to_upload(WallTime{0}, 2), ElementsAre(slice_id(1), slice_id(2)));

    upload(1);
    const Retry retry{.attempt = 2, .reason = "disk full", .after = WallTime{500}};
    ASSERT_TRUE(catalog().mark_uploading(slice_id(2)).ok());
    ASSERT_TRUE(catalog().retry_slice(slice_id(2), retry).ok());
    EXPECT_EQ(catalog().find_slice(slice_id(2)).value()->retry, retry);
    EXPECT_THAT(to_upload(WallTime{499}), ElementsAre(slice_id(3)));
    EXPECT_THAT(to_upload(WallTime{500}), ElementsAre(slice_id(2), slice_id(3)));

    upload(2);
    const auto uploaded = catalog().find_slice(slice_id(2)).value().value();
    EXPECT_EQ(uploaded.state, SliceState::uploaded);
    EXPECT_EQ(uploaded.staged, object(2));
    EXPECT_EQ(uploaded.retry, Retry());
}

TEST_P(FileCatalogConformance, NoBacklogHidesTheSlicesOfAnotherSink) {
    const auto busy = make_file(1, 5, 100, 3);
    const auto quiet = make_file(2, 6, 900, 1);
    for (const std::uint64_t number : {1U, 2U, 3U}) seal(number, busy);
    seal(4, quiet);
    EXPECT_THAT(to_upload(kNow, 2), ElementsAre(slice_id(1), slice_id(4)));
}

TEST_P(FileCatalogConformance, TheFirstObjectThatIsRecordedIsTheSlicesOwn) {
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

TEST_P(FileCatalogConformance, AFileIsImportedOnceAllItsSlicesAreUploaded) {
    const auto file = make_file(1, 5, 100, 2);
    seal(1, file);
    upload(1);
    EXPECT_THAT(to_import(), IsEmpty()) << "it is not closed";
    EXPECT_EQ(catalog().mark_importing(file.id).error().code(), Code::conflict);
    close(file);
    EXPECT_THAT(to_import(), IsEmpty()) << "its second slice is not known yet";
    EXPECT_EQ(catalog().mark_imported(file.id, kInstant).error().code(), Code::conflict);
    seal(2, file);
    EXPECT_THAT(to_import(), IsEmpty()) << "its second slice is not uploaded";
    upload(2);
    EXPECT_THAT(to_import(), ElementsAre(file.id));
    EXPECT_EQ(catalog().files_to_import(kNow, 1).value().front().bytes, 300U);

    ASSERT_TRUE(catalog().mark_importing(file.id).ok());
    EXPECT_THAT(to_import(), ElementsAre(file.id)) << "a crash may have ended the import";
    ASSERT_TRUE(catalog().retry_file(file.id, {1, "x", WallTime{900}}).ok());
    EXPECT_THAT(to_import(WallTime{899}), IsEmpty());
    EXPECT_THAT(to_import(WallTime{900}), ElementsAre(file.id));

    ASSERT_TRUE(catalog().mark_imported(file.id, kInstant).ok());
    EXPECT_THAT(to_import(), IsEmpty());
    EXPECT_EQ(catalog().find_file(file.id).value()->state, FileState::imported);
    EXPECT_EQ(catalog().find_file(file.id).value()->retry, Retry());
    EXPECT_EQ(catalog().find_slice(slice_id(1)).value()->state, SliceState::imported);
}

TEST_P(FileCatalogConformance, AFileWithoutSlicesCanBeImported) {
    close(make_file(1, 5, 100, 0));
    EXPECT_THAT(to_import(), ElementsAre(file_id(1)));
    import(1);
    EXPECT_THAT(to_import(), IsEmpty());
}

// The clock was set back each time a file was opened: the ids tell the order.
TEST_P(FileCatalogConformance, FilesOfASinkAndVolumeAreImportedInOpeningOrder) {
    const auto first = make_file(1, 5, 300, 1);
    const auto second = make_file(2, 5, 200, 1);
    const auto other = make_file(3, 6, 250, 1);
    const auto elsewhere = make_file(4, 5, 400, 1, kOther);
    std::uint64_t number = 0;
    for (const auto& file : {first, second, other, elsewhere}) {
        seal(++number, file);
        upload(number);
    }
    for (const auto& file : {second, other, elsewhere}) close(file);
    EXPECT_THAT(to_import(), ElementsAre(other.id, elsewhere.id)) << "the first is still written";
    close(first);
    EXPECT_THAT(to_import(), ElementsAre(first.id, other.id, elsewhere.id));
    EXPECT_EQ(catalog().files_to_import(kNow, 1).value().size(), 1U);
    ASSERT_TRUE(catalog().retry_file(first.id, {1, "x", kNow + Milliseconds(1)}).ok());
    EXPECT_THAT(to_import(), ElementsAre(other.id, elsewhere.id)) << "nothing overtakes it";
    import(1);
    EXPECT_THAT(to_import(), ElementsAre(second.id, other.id, elsewhere.id));
}

TEST_P(FileCatalogConformance, ARetryFartherAheadThanAnyDelayIsOfAClockThatWasAhead) {
    const auto file = make_file(1, 5, 100, 1);
    const auto far = kNow + kRetryAheadMax + Milliseconds(1);
    seal(1, file);
    close(file);
    ASSERT_TRUE(catalog().retry_slice(slice_id(1), {1, "x", kNow + kRetryAheadMax}).ok());
    EXPECT_THAT(to_upload(kNow), IsEmpty());
    ASSERT_TRUE(catalog().retry_slice(slice_id(1), {1, "x", far}).ok());
    EXPECT_THAT(to_upload(kNow), ElementsAre(slice_id(1)));
    upload(1);
    ASSERT_TRUE(catalog().retry_file(file.id, {1, "x", kNow + kRetryAheadMax}).ok());
    EXPECT_THAT(to_import(), IsEmpty());
    ASSERT_TRUE(catalog().retry_file(file.id, {1, "x", far}).ok());
    EXPECT_THAT(to_import(), ElementsAre(file.id));
}

TEST_P(FileCatalogConformance, LeftoversAreListedUntilTheyAreRemoved) {
    const auto file = make_file(1, 5, 100, 2);
    seal(1, file);
    seal(2, file);
    close(file);
    EXPECT_THAT(leftovers().local, IsEmpty());
    ASSERT_TRUE(catalog().mark_local_removed(slice_id(1)).ok());
    upload(1);
    upload(2);
    EXPECT_THAT(leftovers().local, ElementsAre(local(1), local(2)))
        << "a removal recorded before the upload does not count";
    EXPECT_THAT(leftovers({.limit = 1}).local, ElementsAre(local(1)));
    EXPECT_THAT(leftovers().staged, IsEmpty());
    EXPECT_THAT(catalog().removed_slices(kVolume).value(), IsEmpty());
    ASSERT_TRUE(catalog().mark_local_removed(slice_id(1)).ok());
    EXPECT_THAT(catalog().removed_slices(kVolume).value(), ElementsAre(slice_id(1)));
    EXPECT_THAT(catalog().removed_slices(kOther).value(), IsEmpty());

    import(1);
    EXPECT_THAT(leftovers().local, ElementsAre(local(2)));
    EXPECT_THAT(leftovers().staged,
                ElementsAre(Pair(slice_id(1), object(1)), Pair(slice_id(2), object(2))));
    const auto later =
        leftovers({.after_local = slice_id(2), .after_staged = slice_id(1), .limit = 10});
    EXPECT_THAT(later.local, IsEmpty());
    EXPECT_THAT(later.staged, ElementsAre(Pair(slice_id(2), object(2))));
    ASSERT_TRUE(catalog().mark_staged_removed(slice_id(1)).ok());
    EXPECT_THAT(leftovers().staged, ElementsAre(Pair(slice_id(2), object(2))));
}

TEST_P(FileCatalogConformance, OnlyOldCleanAndCheckpointedFilesAreForgotten) {
    for (const std::uint64_t number : {1U, 2U, 3U, 4U}) {
        const auto file = make_file(number, 5, 100, 1);
        seal(number, file);
        close(file);
        upload(number);
        import(number, AgeTime{static_cast<std::int64_t>(number) * 10});
        ASSERT_TRUE(catalog().mark_local_removed(slice_id(number)).ok());
        if (number == 2) continue;
        ASSERT_TRUE(catalog().mark_staged_removed(slice_id(number)).ok());
    }
    const auto forget = [&](std::int64_t before, std::uint64_t checkpointed, std::uint32_t limit,
                            const VolumeId& volume = kVolume) {
        const auto files =
            catalog()
                .forgettable_files(volume, AgeTime{before}, Sequence(checkpointed), limit)
                .value();
        EXPECT_TRUE(catalog().delete_imported(files).ok());
        return ids_of(files);
    };
    EXPECT_THAT(forget(10, 9999, 10), IsEmpty()) << "not old";
    EXPECT_THAT(forget(99, 999, 10), IsEmpty()) << "not checkpointed";
    EXPECT_THAT(forget(99, 9999, 10, kOther), IsEmpty());
    EXPECT_THAT(forget(99, 2999, 10), ElementsAre(file_id(1))) << "2 has a staged object";
    EXPECT_THAT(forget(99, 9999, 1), ElementsAre(file_id(3)));
    EXPECT_FALSE(catalog().find_file(file_id(3)).value());
    EXPECT_FALSE(catalog().find_slice(slice_id(3)).value());
    ASSERT_TRUE(catalog().mark_staged_removed(slice_id(2)).ok());
    EXPECT_EQ(forget(99, 9999, 10).size(), 2U);

    const auto file = make_file(5, 5, 100, 1);
    seal(5, file);
    close(file);
    upload(5);
    ASSERT_TRUE(catalog().delete_imported({*catalog().find_file(file.id).value()}).ok());
    EXPECT_THAT(to_import(), ElementsAre(file.id)) << "what is not imported is not forgotten";
}

TEST_P(FileCatalogConformance, TheNewestOfAVolumeIsOfAllThatIsNotImported) {
    const auto newest = [&] { return catalog().newest_waiting(kVolume).value(); };
    EXPECT_EQ(newest(), Uuid());
    seal(9, make_file(9, 5, 900, 1, kOther));
    EXPECT_EQ(newest(), Uuid());
    const auto file = make_file(1, 5, 200, 1);
    seal(1, file);
    EXPECT_EQ(newest(), slice_id(1).value) << "a slice of a file that is written";
    close(file);
    auto empty = make_file(3, 6, 300, 0);
    empty.id = FileId(make_uuid_v7(AgeTime{3}, 1, 0));
    close(empty);
    EXPECT_EQ(newest(), empty.id.value);
    ASSERT_TRUE(catalog().mark_importing(empty.id).ok());
    ASSERT_TRUE(catalog().mark_imported(empty.id, kInstant).ok());
    EXPECT_EQ(newest(), slice_id(1).value);
    upload(1);
    import(1);
    EXPECT_EQ(newest(), Uuid());
}

TEST_P(FileCatalogConformance, SlicesAreFoundByABatchOfTheirSinkAndVolume) {
    const auto file = make_file(1, 5, 100, 2);
    seal(1, file);
    seal(2, file);
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
    EXPECT_THAT(with(5, kOther, 50), IsEmpty());
}

TEST_P(FileCatalogConformance, LostBatchesAreOfTheirVolume) {
    ASSERT_TRUE(catalog().record_lost(kVolume, BatchNumber(10), BatchNumber(12)).ok());
    const auto lost = [&](const VolumeId& volume, std::uint64_t batch) {
        return catalog()
            .is_lost({.volume = volume, .batch = BatchNumber(batch)}, SinkNumber(5))
            .value();
    };
    EXPECT_FALSE(lost(kVolume, 9));
    EXPECT_TRUE(lost(kVolume, 10));
    EXPECT_TRUE(lost(kVolume, 12));
    EXPECT_FALSE(lost(kVolume, 13));
    EXPECT_FALSE(lost(kOther, 11));
}

TEST_P(FileCatalogConformance, EveryRowIsCountedAtOneLevelAndOwedUntilItIsImported) {
    const auto file = make_file(1, 5, 100, 2);
    seal(1, file);
    seal(2, file);
    const auto rows = [&] {
        const auto levels = catalog().statistics(SinkNumber(5)).value();
        return std::make_tuple(levels.local.rows, levels.staging.rows, levels.target.rows);
    };
    const auto owed = [&] {
        std::uint64_t sum = 0;
        const auto waiting = catalog().rows_to_import().value();
        for (const auto& one : waiting) {
            EXPECT_EQ(one.sink, file.sink);
            sum += one.rows;
        }
        return sum;
    };
    EXPECT_EQ(rows(), std::make_tuple(30U, 0U, 0U));
    upload(1);
    EXPECT_EQ(rows(), std::make_tuple(20U, 10U, 0U));
    EXPECT_EQ(owed(), 30U);
    EXPECT_EQ(catalog().rows_to_import_by_volume().value(),
              (std::map<VolumeId, std::uint64_t>{{kVolume, 30U}}));
    upload(2);
    close(file);
    import(1);
    EXPECT_EQ(rows(), std::make_tuple(0U, 0U, 30U));
    EXPECT_EQ(owed(), 0U);
    EXPECT_THAT(catalog().rows_to_import_by_volume().value(), IsEmpty());
    const auto all = catalog().all_statistics().value();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].sink, SinkNumber(5));
    EXPECT_EQ(all[0].statistics.target.rows, 30U);
}

TEST_P(FileCatalogConformance, WhatCanBeImportedBehindAFileIsOfItsQueueWithoutAGap) {
    std::vector<OpenFile> files;
    for (std::uint64_t number = 1; number <= 5; ++number) {
        files.push_back(make_file(number, 5, 100, 1));
        if (number == 4) files.back().sink.mapping = MappingVersion(4);
        seal(number, files.back());
        close(files.back());
        upload(number);
    }
    const auto other = make_file(6, 7, 100, 1);  // of another owner
    seal(6, other);
    close(other);
    upload(6);
    const auto first = catalog().files_to_import(kNow, 1).value().at(0);
    ASSERT_EQ(first.id, file_id(1));
    const auto behind = catalog().files_behind(first, kNow, 100).value();
    EXPECT_THAT(ids_of(behind), ElementsAre(file_id(2), file_id(3))) << "4 has another mapping";
    EXPECT_EQ(behind.at(1).bytes, 300U);
    EXPECT_THAT(ids_of(catalog().files_behind(first, kNow, 1).value()), ElementsAre(file_id(2)));

    ASSERT_TRUE(
        catalog()
            .retry_file(file_id(2), {.attempt = 1, .reason = "x", .after = kNow + Milliseconds(5)})
            .ok());
    EXPECT_THAT(ids_of(catalog().files_behind(first, kNow, 100).value()), IsEmpty());
}

TEST_P(FileCatalogConformance, AFileThatIsNotUploadedEndsWhatIsBehind) {
    for (std::uint64_t number = 1; number <= 3; ++number) {
        const auto file = make_file(number, 5, 100, 1);
        seal(number, file);
        close(file);
        if (number != 2) upload(number);
    }
    const auto first = catalog().files_to_import(kNow, 1).value().at(0);
    EXPECT_THAT(ids_of(catalog().files_behind(first, kNow, 100).value()), IsEmpty());
}

TEST_P(FileCatalogConformance, SeveralFilesAreImportedAllOrNone) {
    for (std::uint64_t number = 1; number <= 2; ++number) {
        const auto file = make_file(number, 5, 100, 1);
        seal(number, file);
        close(file);
        upload(number);
        ASSERT_TRUE(catalog().mark_importing(file_id(number)).ok());
    }
    const auto writing = make_file(3, 5, 100, 1);
    seal(3, writing);
    EXPECT_EQ(catalog().mark_all_imported({file_id(1), file_id(3)}, kInstant).error().code(),
              Code::conflict);
    EXPECT_EQ(catalog().find_file(file_id(1)).value()->state, FileState::importing);
    ASSERT_TRUE(catalog().mark_all_imported({file_id(1), file_id(2)}, kInstant).ok());
    for (std::uint64_t number = 1; number <= 2; ++number) {
        EXPECT_EQ(catalog().find_file(file_id(number)).value()->state, FileState::imported);
    }
    EXPECT_EQ(catalog().statistics(SinkNumber(5)).value().target.rows, 30U);
}

TEST_P(FileCatalogConformance, AFileThatIsSetAsideHoldsUpNothingUntilItIsRestored) {
    const auto first = make_file(1, 5, 100, 2);
    const auto second = make_file(2, 5, 200, 1);
    for (const std::uint64_t number : {1U, 2U}) seal(number, first);
    seal(3, second);
    EXPECT_EQ(catalog().set_aside(first.id, "x", kNow).error().code(), Code::conflict)
        << "it still takes rows";
    for (const auto& file : {first, second}) close(file);
    upload(1);
    upload(3);
    ASSERT_TRUE(catalog().retry_file(first.id, {4, "x", WallTime{900}}).ok());
    EXPECT_THAT(to_import(), IsEmpty());

    ASSERT_TRUE(catalog().set_aside(first.id, "no such column", kNow).ok());
    ASSERT_TRUE(catalog().set_aside(first.id, "again", kNow + Milliseconds(1)).ok());
    const auto aside = catalog().find_file(first.id).value().value();
    EXPECT_EQ(aside.state, FileState::set_aside);
    EXPECT_EQ(aside.aside, (SetAside{.reason = "no such column", .at = kNow}));
    EXPECT_EQ(aside.retry.attempt, 4U);
    EXPECT_EQ(catalog().mark_importing(first.id).error().code(), Code::conflict);
    EXPECT_EQ(catalog().mark_imported(first.id, kInstant).error().code(), Code::conflict);
    EXPECT_THAT(to_import(), ElementsAre(second.id));
    EXPECT_THAT(to_upload(kNow), ElementsAre(slice_id(2))) << "its slices go on";
    upload(2);
    EXPECT_THAT(leftovers().staged, IsEmpty());
    import(2);
    EXPECT_THAT(to_import(), IsEmpty());

    ASSERT_TRUE(catalog().restore_file(first.id, KnownKeys::replace).ok());
    ASSERT_TRUE(catalog().restore_file(first.id, KnownKeys::replace).ok());
    const auto restored = catalog().find_file(first.id).value().value();
    EXPECT_EQ(restored.state, FileState::closing);
    EXPECT_EQ(restored.aside, std::nullopt);
    EXPECT_EQ(restored.retry, Retry());
    EXPECT_THAT(to_import(), ElementsAre(first.id));
    import(1);
    EXPECT_EQ(catalog().set_aside(first.id, "late", kNow).error().code(), Code::conflict);
    EXPECT_EQ(catalog().discard_file(first.id).error().code(), Code::conflict);
    EXPECT_TRUE(catalog().restore_file(first.id, KnownKeys::replace).ok())
        << "repeated after the import";
    EXPECT_EQ(catalog().find_file(first.id).value()->state, FileState::imported);
}

TEST_P(FileCatalogConformance, AnImportThatWasBegunCanBeSetAside) {
    const auto file = make_file(1, 5, 100, 1);
    seal(1, file);
    close(file);
    upload(1);
    ASSERT_TRUE(catalog().mark_importing(file.id).ok());
    ASSERT_TRUE(catalog().set_aside(file.id, "x", kNow).ok());
    ASSERT_TRUE(catalog().restore_file(file.id, KnownKeys::replace).ok());
    EXPECT_THAT(to_import(), ElementsAre(file.id));
}

TEST_P(FileCatalogConformance, ADiscardedFileLeavesItsObjectsAndIsKnownForEver) {
    const auto file = make_file(1, 5, 100, 3);
    for (const std::uint64_t number : {1U, 2U}) seal(number, file);
    close(file);
    upload(1);
    EXPECT_EQ(catalog().discard_file(file.id).error().code(), Code::conflict) << "not set aside";
    ASSERT_TRUE(catalog().set_aside(file.id, "x", kNow).ok());
    ASSERT_TRUE(catalog().discard_file(file.id).ok());
    ASSERT_TRUE(catalog().discard_file(file.id).ok());
    EXPECT_EQ(catalog().restore_file(file.id, KnownKeys::replace).error().code(), Code::conflict);
    EXPECT_EQ(catalog().set_aside(file.id, "x", kNow).error().code(), Code::conflict);
    EXPECT_EQ(catalog().mark_importing(file.id).error().code(), Code::conflict);
    seal(3, file);  // it was closed before this one came
    EXPECT_EQ(catalog().find_slice(slice_id(3)).value()->state, SliceState::discarded);
    EXPECT_THAT(to_upload(kNow), IsEmpty());
    EXPECT_THAT(to_import(), IsEmpty());
    EXPECT_FALSE(catalog().mark_uploaded(slice_id(2), object(2)).value()) << "it came too late";
    EXPECT_EQ(catalog().newest_waiting(kVolume).value(), Uuid());

    EXPECT_THAT(leftovers().local, ElementsAre(local(1), local(2), local(3)));
    EXPECT_THAT(leftovers().staged, ElementsAre(Pair(slice_id(1), object(1))));
    for (const std::uint64_t number : {1U, 2U, 3U}) {
        ASSERT_TRUE(catalog().mark_local_removed(slice_id(number)).ok());
    }
    ASSERT_TRUE(catalog().mark_staged_removed(slice_id(1)).ok());
    EXPECT_THAT(leftovers().local, IsEmpty());
    EXPECT_THAT(leftovers().staged, IsEmpty());
    EXPECT_THAT(catalog().removed_slices(kVolume).value(),
                ElementsAre(slice_id(1), slice_id(2), slice_id(3)));
    EXPECT_THAT(
        catalog().forgettable_files(kVolume, AgeTime{1'000'000'000}, Sequence(9999), 10).value(),
        IsEmpty());
    ASSERT_TRUE(catalog().delete_imported({*catalog().find_file(file.id).value()}).ok());
    EXPECT_EQ(catalog().find_file(file.id).value()->state, FileState::discarded);
}

TEST_P(FileCatalogConformance, RowsSetAsideAreOwedAndThoseDiscardedAreCounted) {
    const auto file = make_file(1, 5, 100, 2);
    seal(1, file);
    seal(2, file);
    close(file);
    upload(1);
    seal(4, make_file(2, 5, 200, 1));
    const auto rows = [&] {
        const auto all = catalog().all_statistics().value();
        EXPECT_EQ(all.size(), 1U);
        const auto levels = catalog().statistics(SinkNumber(5)).value();
        EXPECT_EQ(all.at(0).statistics.set_aside.rows, levels.set_aside.rows);
        EXPECT_EQ(all.at(0).statistics.discarded.rows, levels.discarded.rows);
        return std::make_tuple(levels.local.rows, levels.staging.rows, levels.target.rows,
                               levels.set_aside.rows, levels.discarded.rows);
    };
    const auto owed = [&] {
        std::uint64_t sum = 0;
        const auto waiting = catalog().rows_to_import().value();
        for (const auto& one : waiting) sum += one.rows;
        EXPECT_EQ(catalog().rows_to_import_by_volume().value().at(kVolume), sum);
        return sum;
    };
    EXPECT_EQ(rows(), std::make_tuple(60U, 10U, 0U, 0U, 0U));
    ASSERT_TRUE(catalog().set_aside(file.id, "x", kNow).ok());
    EXPECT_EQ(rows(), std::make_tuple(40U, 0U, 0U, 30U, 0U));
    EXPECT_EQ(owed(), 70U);
    upload(2);
    EXPECT_EQ(rows(), std::make_tuple(40U, 0U, 0U, 30U, 0U));
    ASSERT_TRUE(catalog().restore_file(file.id, KnownKeys::replace).ok());
    EXPECT_EQ(rows(), std::make_tuple(40U, 30U, 0U, 0U, 0U));
    ASSERT_TRUE(catalog().set_aside(file.id, "x", kNow).ok());
    ASSERT_TRUE(catalog().discard_file(file.id).ok());
    EXPECT_EQ(rows(), std::make_tuple(40U, 0U, 0U, 0U, 30U));
    EXPECT_EQ(owed(), 40U);
}

// Goal    a slice that is set aside alone holds up no other of its file, and is a file like others.
TEST_P(FileCatalogConformance, SlicesAreSetAsideWithoutTheRestOfTheirFile) {
    const auto file = make_file(1, 5, 10, 3);
    for (const std::uint64_t slice : {1U, 2U, 3U}) seal(slice, file);
    close(file);
    for (const std::uint64_t slice : {1U, 3U}) upload(slice);
    ASSERT_TRUE(catalog().retry_file(file.id, {.attempt = 3, .reason = "no", .after = {}}).ok());
    const FileCatalog::SplitFile split{.file = file.id,
                                       .slices = {slice_id(2)},
                                       .part = file_id(9),
                                       .reason = "damaged",
                                       .now = kNow};
    ASSERT_TRUE(catalog().set_slices_aside(split).ok());
    EXPECT_EQ(catalog().set_slices_aside(split).error().code(), Code::conflict) << "once";
    const auto rest = catalog().find_file(file.id).value().value();
    EXPECT_EQ(rest.state, FileState::closing);
    EXPECT_EQ(rest.slices, 2U);
    EXPECT_EQ(rest.retry.attempt, 0U);
    const auto part = catalog().find_file(file_id(9)).value().value();
    EXPECT_EQ(part.state, FileState::set_aside);
    EXPECT_EQ(part.slices, 1U);
    EXPECT_EQ(part.aside, (SetAside{.reason = "damaged", .at = kNow}));
    EXPECT_THAT(ids(catalog().slices_of(file.id).value()), ElementsAre(slice_id(1), slice_id(3)));
    EXPECT_EQ(catalog().statistics(SinkNumber(5)).value().set_aside.rows, 20U);
    EXPECT_THAT(to_import(), ElementsAre(file.id));
    import(1);
    upload(2);
    ASSERT_TRUE(catalog().restore_file(part.id, KnownKeys::replace).ok());
    EXPECT_THAT(to_import(), ElementsAre(part.id));
    import(9);
    EXPECT_EQ(catalog().statistics(SinkNumber(5)).value().target.rows, 60U);
}

// Goal    whether a part is in the target with its file can be told until it is imported.
TEST_P(FileCatalogConformance, AFileIsNotForgottenWhilePartsOfItAreNotImported) {
    const auto file = make_file(1, 5, 10, 3);
    for (const std::uint64_t slice : {1U, 2U, 3U}) seal(slice, file);
    close(file);
    const auto set_aside = [&](FileId from, std::uint64_t slice, std::uint64_t part) {
        ASSERT_TRUE(catalog()
                        .set_slices_aside({.file = from,
                                           .slices = {slice_id(slice)},
                                           .part = file_id(part),
                                           .reason = "damaged",
                                           .now = kNow})
                        .ok());
    };
    const auto forgettable = [&] {
        return ids_of(catalog()
                          .forgettable_files(kVolume, AgeTime{1'000'000'000}, Sequence(9999), 10)
                          .value());
    };
    const auto bring = [&](std::uint64_t slice, std::uint64_t of) {
        upload(slice);
        import(of);
        ASSERT_TRUE(catalog().mark_local_removed(slice_id(slice)).ok());
        ASSERT_TRUE(catalog().mark_staged_removed(slice_id(slice)).ok());
    };
    set_aside(file.id, 2, 8);
    set_aside(file.id, 3, 9);
    bring(1, 1);
    EXPECT_THAT(forgettable(), IsEmpty());
    ASSERT_TRUE(catalog().restore_file(file_id(8), KnownKeys::replace).ok());
    bring(2, 8);
    EXPECT_THAT(forgettable(), IsEmpty());
    ASSERT_TRUE(catalog().discard_file(file_id(9)).ok());
    EXPECT_EQ(forgettable().size(), 2U);
}

TEST_P(FileCatalogConformance, AllSlicesOfAFileOrThoseOfAnotherAreNotSetAsideAlone) {
    const auto file = make_file(1, 5, 10, 2);
    for (const std::uint64_t slice : {1U, 2U}) seal(slice, file);
    close(file);
    const auto split = [&](std::vector<SliceId> slices) {
        const auto done = catalog().set_slices_aside({.file = file.id,
                                                      .slices = std::move(slices),
                                                      .part = file_id(9),
                                                      .reason = "damaged",
                                                      .now = kNow});
        return done.ok() ? std::optional<Code>() : done.error().code();
    };
    EXPECT_EQ(split({slice_id(1), slice_id(2)}), Code::conflict);
    EXPECT_EQ(split({slice_id(3)}), Code::conflict);
    EXPECT_FALSE(catalog().find_file(file_id(9)).value());
    EXPECT_EQ(catalog().slices_of(file.id).value().size(), 2U);
}

}  // namespace millrace::conformance
