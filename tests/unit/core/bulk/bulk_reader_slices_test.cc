// Goal    what a load makes is a slice that targets read.
// Method  bodies with all data types, NULLs and operations are read back as a target reads them.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/bulk/bulk_reader.h"
#include "core/ports/slice_rows.h"
#include "tests/unit/core/bulk/bulk_loads.h"

namespace millrace::bulk {
namespace {

TableSpec spec_of(const DefinedTable& table) {
    TableSpec spec{.id = table.key.table, .columns = {}};
    for (const auto& column : table.columns) {
        spec.columns.push_back({.name = column.name,
                                .primary_key = column.primary_key,
                                .data_type = column.data_type});
    }
    return spec;
}

// "upsert 1|NULL|x"; the error, if it is no slice.
std::vector<std::string> read_back(const DefinedTable& table, const Load& load) {
    const auto spec = spec_of(table);
    const auto slice = render_slice_header(load.header) + load.csv;
    SliceRowReader reader(spec);
    reader.feed(slice);
    std::vector<std::string> rows;
    while (true) {
        const auto has_row = reader.next();
        if (!has_row.ok()) return {has_row.error().operator_text()};
        if (!has_row.value()) break;
        std::string row(to_string(reader.operation()));
        for (std::size_t i = 0; i < reader.shape().columns.size(); ++i) {
            row += i == 0 ? ' ' : '|';
            row += reader.value(i).value_or("NULL");
        }
        rows.push_back(row);
    }
    return rows;
}

TEST(BulkReaderSlicesTest, AllTypesAreReadBack) {
    const auto table = table_of(
        "k INTEGER KEY, s, d DECIMAL, f DOUBLE, b BOOLEAN, day DATE, at TIMESTAMP, j JSON");
    const BulkSpec spec{
        .table = table, .format = CsvFormat{.column_separator = "|"}, .mapping = {}, .now = {}};
    const auto done = load(spec,
                           "1|a \"b\"|.5|1.|TRUE|2024-4-2|2024-04-02 10:11|{\"x\": [1]}\n"
                           "2||||||||\n"
                           "3||||||\\N|\n"
                           "4|\\N|x|x|x|x|x|x\n");
    EXPECT_EQ(read_back(table, done),
              (std::vector<std::string>{
                  "upsert 1|a \"b\"|0.5|1|1|2024-04-02|2024-04-02T10:11:00.000000Z|{\"x\": [1]}",
                  "upsert 3||NULL|NULL|NULL|NULL|NULL|NULL",
                  "upsert 4|NULL|NULL|NULL|NULL|NULL|NULL|NULL"}));
    EXPECT_EQ(counts_of(done), "4 3 1 0");
}

TEST(BulkReaderSlicesTest, OperationsAndSequencesAreReadBack) {
    const auto table = table_of("k INTEGER KEY, v NOT NULL, seq TIMESTAMP");
    BulkSpec spec{.table = table, .format = JsonFormat{}, .mapping = {}, .now = {}};
    spec.mapping.hidden_columns = {"__DORIS_DELETE_SIGN__"};
    spec.mapping.sequence_column = "seq";
    const auto done = load(spec,
                           "{\"k\":1,\"v\":\"a\",\"seq\":\"2026-01-01T00:00:00Z\","
                           "\"__DORIS_DELETE_SIGN__\":\"0\"}\n"
                           "{\"k\":1,\"seq\":\"2026-01-02\",\"__DORIS_DELETE_SIGN__\":\"1\"}\n"
                           "{\"k\":2,\"v\":\"b\",\"__DORIS_DELETE_SIGN__\":0}\n");
    EXPECT_EQ(
        read_back(table, done),
        (std::vector<std::string>{"upsert 1|a|2026-01-01T00:00:00.000000Z",
                                  "delete 1|NULL|2026-01-02T00:00:00.000000Z", "upsert 2|b|NULL"}));
}

}  // namespace
}  // namespace millrace::bulk
