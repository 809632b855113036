// Goal    the rows of a Parquet file go the way of all others, and nothing of it is kept longer
//         than it is read.
// Method  a body that has the rows of a test whatever its bytes are; storage/duckdb reads real
//         ones.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/bulk/bulk_reader.h"
#include "tests/unit/core/bulk/bulk_loads.h"

namespace millrace::bulk {
namespace {

using testing::HasSubstr;
using Row = std::vector<std::optional<std::string>>;

// A file that a test says the rows of, with what was done with it.
struct FakeFile {
    std::vector<Row> rows;
    std::vector<std::size_t> binary;
    std::optional<Error> damaged;  // behind the rows
    std::optional<Error> full;     // for all bytes
    std::string bytes;
    std::vector<ParquetField> fields;
    int bodies = 0;  // that live
};

class FakeRows final : public ParquetRows {
public:
    explicit FakeRows(const FakeFile& file) : file_(file) {}

    Result<bool> next() override {
        if (at_ == file_.rows.size()) {
            if (file_.damaged) return *file_.damaged;
            return false;
        }
        cells_.clear();
        for (const auto& value : file_.rows[at_]) {
            cells_.push_back({.text = value ? std::string_view(*value) : "", .is_null = !value});
        }
        ++at_;
        return true;
    }
    std::span<const Cell> cells() const override { return cells_; }
    const std::vector<std::size_t>& binary_fields() const override { return file_.binary; }

private:
    const FakeFile& file_;
    std::size_t at_ = 0;
    std::vector<Cell> cells_;
};

class FakeBody final : public ParquetBody {
public:
    explicit FakeBody(FakeFile& file) : file_(file) { ++file_.bodies; }
    ~FakeBody() override { --file_.bodies; }

    Result<void> append(std::string_view bytes) override {
        if (file_.full) return *file_.full;
        file_.bytes += bytes;
        return {};
    }
    Result<std::unique_ptr<ParquetRows>> read(const std::vector<ParquetField>& fields) override {
        file_.fields = fields;
        return std::unique_ptr<ParquetRows>(std::make_unique<FakeRows>(file_));
    }

private:
    FakeFile& file_;
};

BulkSpec parquet(std::string_view columns, FakeFile& file, BulkMapping mapping = {}) {
    ParquetFormat format{
        .begin =
            [&file] {
                return Result<std::unique_ptr<ParquetBody>>(std::make_unique<FakeBody>(file));
            },
        .may_go_on = [] { return Result<void>(); }};
    return {.table = table_of(columns),
            .format = std::move(format),
            .mapping = std::move(mapping),
            .now = {}};
}

TEST(BulkReaderParquetTest, RowsComeOnceTheBodyIsWholeAndNullsStayNull) {
    FakeFile file{.rows = {{"1", "a", "1"}, {"2", std::nullopt, "0"}, {"x", "", std::nullopt}}};
    const std::vector<std::string_view> pieces = {"PAR1", "...", "PAR1"};
    const auto done = load(parquet("id INTEGER, name, ok BOOLEAN", file), pieces);
    ASSERT_TRUE(done.result.ok());
    EXPECT_EQ(done.csv, "\"1\",\"a\",\"1\"\n\"2\",,\"0\"\n,\"\",\n");
    EXPECT_EQ(counts_of(done), "3 3 0 0");
    EXPECT_EQ(done.counts.nulled, 1U);
    EXPECT_EQ(file.bytes, "PAR1...PAR1");
    EXPECT_EQ(file.fields, (std::vector<ParquetField>{{"id"}, {"name"}, {"ok"}}));
    EXPECT_EQ(file.bodies, 0);
}

TEST(BulkReaderParquetTest, ABodyOfNoBytesHasNoRowsAndNoFile) {
    FakeFile file{.rows = {{"1"}}};
    const auto done = load(parquet("id INTEGER", file), "");
    EXPECT_TRUE(done.result.ok());
    EXPECT_EQ(counts_of(done), "0 0 0 0");
    EXPECT_TRUE(file.fields.empty());
}

TEST(BulkReaderParquetTest, ExpressionsAndConditionsSeeTheColumnsThatTheLoadNames) {
    FakeFile file{.rows = {{"1", "5"}, {"2", "50"}, {"3", std::nullopt}}};
    BulkMapping mapping{.columns = columns_of("id, source, age=source*10"), .where = "id<=2"};
    const auto done = load(parquet("id INTEGER, age INTEGER", file, mapping), "PAR1");
    EXPECT_EQ(done.csv, "\"1\",\"50\"\n\"2\",\"500\"\n");
    EXPECT_EQ(counts_of(done), "3 2 0 1");
    EXPECT_EQ(file.fields, (std::vector<ParquetField>{{"id"}, {"source"}}));
}

TEST(BulkReaderParquetTest, WhatDoesNotFitIsFilteredAndListedAsCsvHasIt) {
    FakeFile file{.rows = {{"1", "a"}, {"x", std::nullopt}, {std::nullopt, "c"}}};
    BulkMapping mapping{.strict = true, .max_filter_ratio = 1};
    const auto done = load(parquet("id INTEGER NOT NULL, name", file, mapping), "PAR1");
    EXPECT_EQ(counts_of(done), "3 1 2 0");
    EXPECT_THAT(done.log, HasSubstr("line 2"));
    EXPECT_THAT(done.log, HasSubstr("src line [x\t\\N]"));
    EXPECT_THAT(done.log, HasSubstr("null value for not null column"));
    mapping.max_filter_ratio = 0.5;
    EXPECT_THAT(load(parquet("id INTEGER NOT NULL, name", file, mapping), "PAR1")
                    .result.error()
                    .client_text(),
                HasSubstr("too many filtered rows"));
}

TEST(BulkReaderParquetTest, BytesThatAreNoTextAreFiltered) {
    FakeFile file{.rows = {{"1", "fine"}, {"2", "\xff\xfe"}, {"3", std::nullopt}}, .binary = {1}};
    const auto done =
        load(parquet("id INTEGER, b", file, BulkMapping{.max_filter_ratio = 1}), "PAR1");
    EXPECT_EQ(done.csv, "\"1\",\"fine\"\n\"3\",\n");
    EXPECT_THAT(done.log, HasSubstr("column_name[b], the value is bytes that are not UTF-8"));
}

TEST(BulkReaderParquetTest, JsonColumnsKeepTheWordsOfBooleans) {
    FakeFile file{.rows = {{"true", "1"}}};
    const auto done = load(parquet("j JSON, b BOOLEAN", file), "PAR1");
    EXPECT_EQ(done.csv, "\"true\",\"1\"\n");
    EXPECT_EQ(file.fields, (std::vector<ParquetField>{{"j", true}, {"b", false}}));
}

TEST(BulkReaderParquetTest, WhateverFailsEndsTheLoadAndTheFileIsGone) {
    const Error damaged(Code::invalid, "a page is damaged");
    FakeFile file{.rows = {{"1"}, {"2"}}, .damaged = damaged};
    auto done = load(parquet("id INTEGER", file), "PAR1");
    EXPECT_EQ(done.result.error().client_text(), "a page is damaged");
    EXPECT_EQ(done.counts.total, 2U);
    EXPECT_EQ(file.bodies, 0);

    FakeFile full{.full = Error(Code::overloaded, "no room")};
    done = load(parquet("id INTEGER", full), std::vector<std::string_view>{"PAR1", "more"});
    EXPECT_EQ(done.result.error().code(), Code::overloaded);
    EXPECT_TRUE(full.fields.empty());
    EXPECT_EQ(full.bodies, 0);
}

TEST(BulkReaderParquetTest, ARowThatIsTooLongEndsTheLoad) {
    FakeFile file{.rows = {{"12345"}, {"123456789"}}};
    auto spec = parquet("name", file);
    spec.line_bytes_max = 8;
    const auto done = load(spec, "PAR1");
    EXPECT_EQ(done.result.error().code(), Code::too_large);
    EXPECT_THAT(done.result.error().client_text(), HasSubstr("the row at line 2"));
}

TEST(BulkReaderParquetTest, ALoadThatIsGivenUpEndsBetweenItsRows) {
    FakeFile file{.rows = std::vector<Row>(5000, {"bad"})};
    auto spec = parquet("id INTEGER NOT NULL", file, BulkMapping{.max_filter_ratio = 1});
    int asked = 0;
    std::get<ParquetFormat>(spec.format).may_go_on = [&]() -> Result<void> {
        if (++asked < 3) return {};
        return Error(Code::conflict, "its client is gone");
    };
    const auto done = load(spec, "PAR1");
    EXPECT_EQ(done.result.error().code(), Code::conflict);
    EXPECT_LT(done.counts.total, 5000U);
    EXPECT_EQ(file.bodies, 0);
}

}  // namespace
}  // namespace millrace::bulk
