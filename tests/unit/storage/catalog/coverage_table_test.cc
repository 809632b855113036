#include "storage/catalog/coverage_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/storage/catalog/file_tables_fixture.h"

namespace millrace::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Fingerprint kSource = fingerprint_of({"shop"});
const SinkNumber kSink{5};

class CoverageTableTest : public FileTablesTest {
protected:
    static SourcePosition up_to(std::uint64_t offset) {
        return {.source = kSource, .partition = "orders/0", .epoch = 1, .next_offset = offset};
    }
    // A file of one slice, that is closed and uploaded, read up to that offset.
    void make(std::uint64_t number, std::uint64_t offset) {
        const auto file = make_file(number, kSink.value, 100, 1);
        seal(number, file);
        ASSERT_TRUE(catalog().record_reports({}, {file}).ok());
        upload(number);
        cover(number, offset);
    }
    void cover(std::uint64_t number, std::uint64_t offset) {
        ASSERT_TRUE(catalog_
                        ->record_covered({.file = file_id(number),
                                          .sink = kSink,
                                          .source = kSource,
                                          .positions = {up_to(offset)}})
                        .ok());
    }
    std::vector<SourcePosition> newest() {
        return catalog_->newest_covered(kSource, kSink).value();
    }
    RefusedRows of(std::uint64_t file) { return catalog_->refused_rows(file_id(file)).value(); }
};

TEST_F(CoverageTableTest, TheNewestFileCounts) {
    EXPECT_THAT(newest(), IsEmpty());
    make(1, 10);
    make(2, 20);
    cover(1, 99);  // it was told before
    reopen();
    EXPECT_THAT(newest(), ElementsAre(up_to(20)));
    EXPECT_THAT(catalog_->newest_covered(fingerprint_of({"other"}), kSink).value(), IsEmpty());
    EXPECT_THAT(catalog_->newest_covered(kSource, SinkNumber(6)).value(), IsEmpty());
}

TEST_F(CoverageTableTest, AnImportIsToldWhatIsInFrontOfItsFile) {
    make(1, 10);
    make(2, 20);
    make(3, 30);
    EXPECT_EQ(of(1).covered_owner, covered_owner(kSource, kSink));
    EXPECT_THAT(parse_covered(of(1).covered, kSource), ElementsAre(up_to(10)));
    EXPECT_EQ(of(1).earlier_waiting, 0U);
    EXPECT_EQ(of(3).earlier_waiting, 2U);
    ASSERT_TRUE(catalog().set_aside(file_id(1), "later", {}).ok());
    import(2);
    EXPECT_EQ(of(3).earlier_waiting, 1U) << "what is set aside is not in the table";
    ASSERT_TRUE(catalog().discard_file(file_id(1)).ok());
    EXPECT_EQ(of(3).earlier_waiting, 0U);
}

TEST_F(CoverageTableTest, APartOfAFileIsInFrontOfTheRestOfIt) {
    const auto file = make_file(1, kSink.value, 100, 2);
    for (const std::uint64_t slice : {1U, 2U}) seal(slice, file);
    ASSERT_TRUE(catalog().close_file(file).ok());
    cover(1, 10);
    ASSERT_TRUE(catalog()
                    .set_slices_aside({.file = file.id,
                                       .slices = {slice_id(2)},
                                       .part = file_id(9),
                                       .reason = "damaged",
                                       .now = {}})
                    .ok());
    EXPECT_EQ(of(1).earlier_waiting, 1U);
    EXPECT_EQ(of(9).covered_owner, "");
}

}  // namespace
}  // namespace millrace::catalog
