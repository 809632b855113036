#include "storage/catalog/reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/storage/catalog/catalog_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const SinkNumber kSink{5};

FileId file_id(std::uint64_t number) {
    return FileId(make_uuid_v7(AgeTime{static_cast<std::int64_t>(number) * 100}, 1, 0));
}
SliceId slice_id(std::uint64_t number) {
    return SliceId(make_uuid_v7(AgeTime{2}, number, 0));
}

// A file that was opened at its number times 100.
OpenFile make_file(std::uint64_t number, std::uint32_t slices, SinkNumber sink = kSink) {
    OpenFile file;
    file.id = file_id(number);
    file.sink = {sink, MappingVersion(1)};
    file.opened_at = WallTime{static_cast<std::int64_t>(number) * 100};
    file.slices = slices;
    return file;
}

class ReportsTest : public CatalogTest {
protected:
    SinkReports& reports() { return *catalog_; }

    // A slice of `rows` rows and ten times as many bytes.
    void seal(std::uint64_t number, const OpenFile& file, std::uint64_t rows) {
        const auto at = file.opened_at.unix_ms;
        ASSERT_TRUE(catalog_
                        ->record_sealed({.opening = {.slice = slice_id(number),
                                                     .file = file.id,
                                                     .sink = file.sink,
                                                     .opened_at = file.opened_at},
                                         .content = {.bytes = rows * 10,
                                                     .rows = rows,
                                                     .crc = 1,
                                                     .first_at = WallTime{at + 1},
                                                     .last_at = WallTime{at + 2},
                                                     .last_sequence = Sequence(1)}})
                        .ok());
    }
    void upload(std::uint64_t slice) {
        ASSERT_TRUE(catalog_->mark_uploading(slice_id(slice)).ok());
        ASSERT_TRUE(catalog_->mark_uploaded(slice_id(slice), {.key = "key", .bytes = slice}).ok());
    }
    // A file with one slice of its number, of 10 rows, in the target.
    void import(std::uint64_t number, SinkNumber sink = kSink) {
        const auto file = make_file(number, 1, sink);
        seal(number, file, 10);
        ASSERT_TRUE(catalog_->close_file(file).ok());
        upload(number);
        ASSERT_TRUE(catalog_->mark_importing(file.id).ok());
        ASSERT_TRUE(
            catalog_->mark_imported(file.id, {.wall = WallTime{9000}, .age = AgeTime{9000}}).ok());
    }
    std::vector<std::int64_t> opened(const FileSelection& selection) {
        std::vector<std::int64_t> times;
        const auto files = reports().files_of(kSink, selection).value();
        for (const auto& report : files) {
            times.push_back(report.file.opened_at.unix_ms);
        }
        return times;
    }
};

TEST_F(ReportsTest, AFileIsReportedWithItsSlicesPerLevel) {
    const auto file = make_file(1, 3);
    seal(1, file, 10);
    seal(2, file, 20);
    seal(3, file, 40);
    upload(2);
    upload(3);
    seal(9, make_file(9, 1, SinkNumber(6)), 1);  // of another sink
    const auto found = reports().files_of(kSink, {}).value();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].file.id, file.id);
    EXPECT_EQ(found[0].file.state, FileState::writing);
    EXPECT_EQ(found[0].file.retry, Retry());
    EXPECT_FALSE(found[0].imported_at);
    const LevelStatistics local{.rows = 10,
                                .csv_bytes = 100,
                                .staged_bytes = 0,
                                .first_at = WallTime{101},
                                .last_at = WallTime{102}};
    EXPECT_EQ(found[0].statistics.local, local);
    EXPECT_EQ(found[0].statistics.staging.rows, 60u);
    EXPECT_EQ(found[0].statistics.staging.staged_bytes, 5u);
    EXPECT_EQ(found[0].statistics.target.rows, 0u);

    import(4);
    const auto imported = reports().files_of(kSink, {.waiting_max = 0}).value();
    ASSERT_EQ(imported.size(), 1u);
    EXPECT_EQ(imported[0].imported_at, WallTime{9000});
    EXPECT_EQ(imported[0].statistics.target.rows, 10u);
}

TEST_F(ReportsTest, TheNewestImportedAndTheOldestWaitingFilesAreSelected) {
    for (std::uint64_t number = 1; number <= 4; ++number) import(number);
    for (std::uint64_t number = 5; number <= 7; ++number) {
        ASSERT_TRUE(catalog_->close_file(make_file(number, 0)).ok());
    }
    EXPECT_THAT(opened({.imported_max = 2, .waiting_max = 2}), ElementsAre(300, 400, 500, 600));
    EXPECT_THAT(opened({}), ElementsAre(100, 200, 300, 400, 500, 600, 700));
}

TEST_F(ReportsTest, TheFailureOfASliceIsThatOfItsFile) {
    const auto file = make_file(1, 2);
    seal(1, file, 1);
    seal(2, file, 1);
    const Retry often{.attempt = 3, .reason = "no \"space\"", .after = WallTime{77}};
    ASSERT_TRUE(catalog_->retry_slice(slice_id(1), often).ok());
    ASSERT_TRUE(
        catalog_->retry_slice(slice_id(2), {.attempt = 1, .reason = "x", .after = {}}).ok());
    EXPECT_EQ(reports().files_of(kSink, {}).value()[0].file.retry, often);

    const Retry worse{.attempt = 4, .reason = "table locked", .after = WallTime{88}};
    ASSERT_TRUE(catalog_->retry_file(file.id, worse).ok());
    EXPECT_EQ(reports().files_of(kSink, {}).value()[0].file.retry, worse);
}

// Goal    a reset hides what the target had, and nothing else, also after a restart.
TEST_F(ReportsTest, AResetSubtractsWhatTheTargetHad) {
    import(1);
    import(8, SinkNumber(6));
    const auto waiting = make_file(2, 1);
    seal(2, waiting, 5);
    EXPECT_EQ(reports().shown_from(kSink).value(), FileId{});

    // The wall clock is days ahead, and right again when the next file is opened.
    ASSERT_TRUE(reports()
                    .reset_statistics({kSink, SinkNumber(7)},
                                      {.wall = WallTime{900'000'000}, .age = AgeTime{250}})
                    .ok());
    reopen();
    EXPECT_GT(reports().shown_from(kSink).value(), file_id(2));
    EXPECT_LT(reports().shown_from(kSink).value(), file_id(3));
    auto statistics = catalog_->statistics(kSink).value();
    EXPECT_EQ(statistics.target.rows, 0u);
    EXPECT_EQ(statistics.local.rows, 5u);
    EXPECT_EQ(catalog_->statistics(SinkNumber(6)).value().target.rows, 10u);
    EXPECT_THAT(opened({}), IsEmpty()) << "opened before the reset";

    import(3);
    const LevelStatistics since{.rows = 10,
                                .csv_bytes = 100,
                                .staged_bytes = 3,
                                .first_at = WallTime{301},
                                .last_at = WallTime{302}};
    EXPECT_EQ(catalog_->statistics(kSink).value().target, since);
    EXPECT_THAT(opened({}), ElementsAre(300));

    ASSERT_TRUE(
        reports().reset_statistics({kSink}, {.wall = WallTime{350}, .age = AgeTime{350}}).ok());
    EXPECT_EQ(catalog_->statistics(kSink).value().target.rows, 0u);
    ASSERT_EQ(catalog_->all_statistics().value().size(), 2u);
    EXPECT_EQ(catalog_->all_statistics().value()[0].statistics.target.rows, 20u)
        << "metrics never go back";
}

}  // namespace
}  // namespace millrace::catalog
