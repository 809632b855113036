#include "storage/catalog/refused_row_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/base/error_names.h"
#include "core/model/import_origin.h"
#include "tests/unit/storage/catalog/file_tables_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const SinkNumber kSink{5};

RefusedRow refused(std::uint64_t slice, std::uint64_t row, std::string text = "\"\xff\"\n") {
    const auto bytes = text.size();
    return {.slice = slice_id(slice),
            .row = row,
            .reason = "no",
            .text = std::move(text),
            .bytes = bytes};
}

// File 1 of sink 5, closed and uploaded: slice 1 of 10 rows and slice 2 of 20.
class RefusedRowsTest : public FileTablesTest {
protected:
    void SetUp() override {
        FileTablesTest::SetUp();
        const auto file = make_file(1, kSink.value, 10, 2);
        for (const std::uint64_t slice : {1U, 2U}) {
            seal(slice, file);
        }
        check(catalog().close_file(file).ok(), "close_file()");
        for (const std::uint64_t slice : {1U, 2U}) upload(slice);
    }
    void record(const std::vector<RefusedRow>& rows) {
        const auto recorded = catalog_->record_refused(file_id(1), rows);
        ASSERT_TRUE(recorded.ok()) << recorded.error().operator_text();
    }
    RefusedRows known() { return catalog_->refused_rows(file_id(1)).value(); }
    std::vector<Reject> rejects() { return catalog_->rejects_of(kSink, {}).value(); }
    RejectTotals totals() { return catalog_->reject_totals(kSink).value(); }
    std::uint64_t rows_of(LevelStatistics SinkStatistics::*level) {
        return (catalog().statistics(kSink).value().*level).rows;
    }
};

TEST_F(RefusedRowsTest, AreKnownInTheirOrderAndOnce) {
    record({refused(2, 3), refused(1, 7)});
    record({refused(2, 3, "other\n"), refused(2, 1)});
    reopen();
    const auto found = known();
    EXPECT_FALSE(found.is_of_load);
    ASSERT_THAT(found.rows, SizeIs(3));
    EXPECT_EQ(found.rows[0].slice, slice_id(1));
    EXPECT_EQ(found.rows[1].row, 1U);
    EXPECT_EQ(found.rows[2].row, 3U);
    EXPECT_EQ(found.rows[2].bytes, 4U) << "the first record counts";
}

TEST_F(RefusedRowsTest, AFileOfWhichSlicesWereSetAsideIsKnownAsItWas) {
    EXPECT_FALSE(known().whole);
    ASSERT_TRUE(catalog()
                    .set_slices_aside({.file = file_id(1),
                                       .slices = {slice_id(2)},
                                       .part = file_id(9),
                                       .reason = "damaged",
                                       .now = {}})
                    .ok());
    reopen();
    for (const std::uint64_t file : {1U, 9U}) {
        const auto whole = catalog_->refused_rows(file_id(file)).value().whole;
        ASSERT_TRUE(whole.has_value()) << file;
        EXPECT_EQ(whole->id, file_id(1));
        ASSERT_THAT(whole->slices, SizeIs(2));
        EXPECT_EQ(whole->slices[0].opening.slice, slice_id(1));
        EXPECT_EQ(whole->slices[1].opening.slice, slice_id(2));
    }
    EXPECT_THAT(catalog_->waiting_files(file_id(99), 10).value(),
                testing::UnorderedElementsAre(file_id(1), file_id(9)));
    import(1);
    EXPECT_THAT(catalog_->waiting_files(file_id(99), 10).value(),
                testing::UnorderedElementsAre(file_id(1), file_id(9)))
        << "the part may be in the target with its file";
}

// Goal    a row is counted once at any moment.
TEST_F(RefusedRowsTest, CountAsRowsOfTheirFileUntilItsImportAndAsRejectsFromThenOn) {
    record({refused(1, 7), refused(2, 3)});
    EXPECT_EQ(rows_of(&SinkStatistics::staging), 30U);
    EXPECT_EQ(totals().count, 0U);
    EXPECT_THAT(rejects(), IsEmpty());
    import(1);
    import(1);
    EXPECT_EQ(rows_of(&SinkStatistics::staging), 0U);
    EXPECT_EQ(rows_of(&SinkStatistics::target), 28U);
    EXPECT_EQ(catalog().statistics(kSink).value().target.csv_bytes, 300U - 8U);
    EXPECT_EQ(totals().count, 2U);
    EXPECT_THAT(known().rows, IsEmpty());

    const auto kept = rejects();
    ASSERT_THAT(kept, SizeIs(2));
    const auto& one = kept.front();
    EXPECT_EQ(one.error, error_names::kImportRowRefused);
    EXPECT_EQ(one.message, "no");
    EXPECT_EQ(one.body, "\"\xff\"\n");
    EXPECT_EQ(one.expires_at, kNeverExpires);
    EXPECT_EQ(
        parse_import_origin(one.origin).value(),
        (ImportOrigin{
            .file = file_id(1), .slice = slice_id(1), .row = 7, .mapping = MappingVersion(3)}));
    EXPECT_EQ(totals().bytes, kept[0].bytes() + kept[1].bytes());
    const auto report = catalog_->file_of(kSink, file_id(1)).value().value();
    EXPECT_EQ(report.refused_rows, 2U);
    EXPECT_EQ(report.statistics.target.rows, 28U);
}

TEST_F(RefusedRowsTest, AreGoneWithADiscardedFileAndStayWithOneSetAside) {
    record({refused(1, 7)});
    ASSERT_TRUE(catalog().set_aside(file_id(1), "broken", kNow).ok());
    EXPECT_EQ(catalog_->record_refused(file_id(1), {refused(1, 8)}).error().code(), Code::conflict);
    EXPECT_THAT(known().rows, SizeIs(1));
    EXPECT_EQ(rows_of(&SinkStatistics::set_aside), 30U);
    ASSERT_TRUE(catalog().discard_file(file_id(1)).ok());
    EXPECT_THAT(known().rows, IsEmpty());
    EXPECT_EQ(rows_of(&SinkStatistics::discarded), 30U);
    EXPECT_EQ(totals().count, 0U);
}

TEST_F(RefusedRowsTest, NoBoundOrAgeOfRejectsIsAboutThem) {
    record({refused(1, 7), refused(1, 8)});
    import(1);
    Reject ordinary;
    ordinary.sink = kSink;
    ordinary.error = "stream.in.pathNotFound";
    RejectGroup group;
    group.items.push_back({.reject = ordinary, .bounds = {.count = 1, .bytes = 1 << 20}});
    EXPECT_THAT(catalog_->keep(std::vector{group}).value(), ElementsAre(true));
    EXPECT_THAT(catalog_->keep(std::vector{group}).value(), ElementsAre(false));
    EXPECT_EQ(catalog_->delete_expired_rejects(AgeTime{INT64_MAX - 1}, 100).value(), 1U);
    EXPECT_EQ(totals().count, 2U);
    EXPECT_THAT(catalog_->keep(std::vector{group}).value(), ElementsAre(true));
    ASSERT_TRUE(catalog_->delete_rejects(kSink).ok());
    EXPECT_EQ(totals(), RejectTotals{});
    EXPECT_THAT(catalog_->keep(std::vector{group}).value(), ElementsAre(true));
}

TEST_F(RefusedRowsTest, AFileIsRestoredWithOrWithoutTheRowsOfKnownKeys) {
    for (const auto known_keys : {KnownKeys::keep, KnownKeys::replace}) {
        ASSERT_TRUE(catalog().set_aside(file_id(1), "broken", kNow).ok());
        ASSERT_TRUE(catalog().restore_file(file_id(1), known_keys).ok());
        EXPECT_EQ(known().known_keys, known_keys);
    }
}

TEST_F(RefusedRowsTest, OfAFileThatIsNotKnownThereIsNone) {
    EXPECT_EQ(catalog_->record_refused(file_id(9), {}).error().code(), Code::not_found);
    EXPECT_THAT(catalog_->refused_rows(file_id(9)).value().rows, IsEmpty());
}

}  // namespace
}  // namespace millrace::catalog
