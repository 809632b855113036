#include "core/ports/slice_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace millrace {
namespace {

TableSpec keyed_table() {
    return {.id = TableId::parse("in.c-shop.orders").value(),
            .columns = {{.name = "id", .primary_key = true},
                        {.name = "name"},
                        {.name = "price", .data_type = DataType::decimal},
                        {.name = "revision", .data_type = DataType::integer}}};
}

TableSpec plain_table() {
    auto table = keyed_table();
    table.columns[0].primary_key = false;
    return table;
}

std::string read_golden(const std::string& name) {
    std::ifstream golden("tests/data/golden/" + name, std::ios::binary);
    std::ostringstream content;
    content << golden.rdbuf();
    return content.str();
}

// A row as "upsert id=1 name=NULL".
std::string shown(const SliceRowReader& reader, const TableSpec& table) {
    std::string text(to_string(reader.operation()));
    for (std::size_t i = 0; i < reader.shape().columns.size(); ++i) {
        const auto value = reader.value(i);
        text += fmt::format(" {}={}", table.columns[reader.shape().columns[i]].name,
                            value ? fmt::format("'{}'", *value) : "NULL");
    }
    return text;
}

Result<std::vector<std::string>> read(std::string_view slice, const TableSpec& table,
                                      std::size_t piece = 1 << 20) {
    SliceRowReader reader(table);
    std::vector<std::string> rows;
    while (!slice.empty()) {
        reader.feed(slice.substr(0, piece));
        slice.remove_prefix(std::min(piece, slice.size()));
        while (true) {
            TRY_ASSIGN(const bool has_row, reader.next());
            if (!has_row) break;
            rows.push_back(shown(reader, table));
            EXPECT_EQ(reader.rows(), rows.size());
        }
    }
    TRY(reader.finish());
    return rows;
}

void expect_rows(std::string_view slice, const TableSpec& table,
                 const std::vector<std::string>& expected) {
    for (std::size_t piece = 1; piece <= slice.size(); ++piece) {
        SCOPED_TRACE(piece);
        const auto rows = read(slice, table, piece);
        ASSERT_TRUE(rows.ok()) << rows.error().operator_text();
        EXPECT_EQ(rows.value(), expected);
    }
}

TEST(SliceRowsTest, RowsOfFormat1HaveAllColumnsAndUpsert) {
    const auto golden = read_golden("slice_v1.csv");
    ASSERT_FALSE(golden.empty());
    expect_rows(golden, keyed_table(),
                {"upsert id='1' name='say \"hi\",\n' price='12.50' revision='7'",
                 "upsert id='#slice 2' name='' price=NULL revision=NULL",
                 "upsert id='3' name='null' price='0' revision=NULL"});
}

TEST(SliceRowsTest, RowsOfFormat2AreAsTheirHeaderSays) {
    const auto golden = read_golden("slice_v2.csv");
    ASSERT_FALSE(golden.empty());
    expect_rows(
        golden, keyed_table(),
        {"upsert revision='7' id='1' name='say \"hi\",\n'", "upsert revision='8' id='1' name=NULL",
         "upsert revision=NULL id='2' name=''", "delete revision='9' id='1' name=NULL"});
}

// Goal    where a piece ends makes no difference.
TEST(SliceRowsTest, MarkedRowsOfFormat1Delete) {
    const std::string slice =
        "\"1\",\"a\",\"\",\"7\"\n-\"2\",,,\n\"3\",\"b\",\"1.5\",\"\"\n-\"x\"\"y\",,,\n";
    for (std::size_t piece = 1; piece <= slice.size(); ++piece) {
        const auto rows = read(slice, keyed_table(), piece);
        ASSERT_TRUE(rows.ok()) << rows.error().operator_text();
        EXPECT_EQ(rows.value(),
                  (std::vector<std::string>{"upsert id='1' name='a' price=NULL revision='7'",
                                            "delete id='2' name=NULL price=NULL revision=NULL",
                                            "upsert id='3' name='b' price='1.5' revision=NULL",
                                            "delete id='x\"y' name=NULL price=NULL revision=NULL"}))
            << piece;
    }
}

TEST(SliceRowsTest, AMarkedRowHasItsKeyAndNothingElse) {
    const std::pair<std::string_view, TableSpec> table[] = {
        {"-,,,\n", keyed_table()},
        {"-\"1\",\"a\",,\n", keyed_table()},
        {"-\"1\",x,,\n", keyed_table()},
        {"-\"1\",,\n", keyed_table()},
        {"--\"1\",,,\n", keyed_table()},
        {"-", keyed_table()},
        {"\"1\",,,\n", keyed_table()},
        {"-\"1\",,,\n", plain_table()},
        {"#slice 2,\"id\"\n-\"1\"\n", keyed_table()},
    };
    for (const auto& [slice, spec] : table) {
        const auto rows = read(slice, spec);
        ASSERT_FALSE(rows.ok()) << slice;
        EXPECT_EQ(rows.error().code(), Code::corrupt) << slice;
    }
}

TEST(SliceRowsTest, TheHeaderOfTheGoldenFileIsWrittenSo) {
    const SliceHeader header{
        .has_operation = true, .columns = {"revision", "id", "name"}, .sequence = 0};
    EXPECT_TRUE(read_golden("slice_v2.csv").starts_with(render_slice_header(header)));
}

TEST(SliceRowsTest, ASliceMayHaveNoRows) {
    EXPECT_TRUE(read("", keyed_table()).ok());
    const auto only_header = read("#slice 2,\"id\"\n", keyed_table());
    ASSERT_TRUE(only_header.ok());
    EXPECT_TRUE(only_header.value().empty());
}

TEST(SliceRowsTest, ARowOfOneNullIsAnEmptyLine) {
    expect_rows("#slice 2,\"name\"\n\n\"\"\n", plain_table(),
                {"upsert name=NULL", "upsert name=''"});
}

TEST(SliceRowsTest, WhatIsNoSliceOfTheTableIsCorrupt) {
    struct Row {
        std::string slice;
        std::string expected;
        TableSpec table = keyed_table();
    };
    const std::string header = "#slice 2,operation,\"id\",\"price\"\n";
    const std::vector<Row> table = {
        {"#slice 3,\"id\"\n", "the header of the slice is of no known version"},
        {"#slice 2,\"id\"", "the header of the slice does not end"},
        {"#slice 2,\"name\"\n", "the header of the slice lacks \"id\" of the primary key"},
        {"#slice 2,\"id\",\"colour\"\n",
         "the header of the slice has the column \"colour\", which the table does not have"},
        {"#slice 2,operation,\"id\"\n",
         "the header of the slice has an operation or a sequence, and the table no primary key",
         plain_table()},
        {"#slice 2,\"id\",sequence \"revision\"\n",
         "the header of the slice has an operation or a sequence, and the table no primary key",
         plain_table()},
        {"#slice 2,\"id\",sequence \"name\"\n",
         "the header of the slice has \"name\" as the sequence, which cannot be one"},
        {"#slice 2,\"id\",sequence \"price\"\n",
         "the header of the slice has \"price\" as the sequence, which cannot be one"},
        {"#slice 2,sequence \"id\"\n",
         "the header of the slice has \"id\" as the sequence, which cannot be one"},
        {header + "insert,\"1\",\"2\"\n", "row 1: \"insert\" is no operation"},
        {header + "upsert,\"1\",\"2\"\n\"upsert\",\"1\",\"2\"\n",
         "row 2: \"upsert\" is no operation"},
        {header + ",\"1\",\"2\"\n", "row 1: \"\" is no operation"},
        {header + "upsert,,\"2\"\n", "row 1: column \"id\" of the key is NULL"},
        {header + "delete,,\"2\"\n", "row 1: column \"id\" of the key is NULL"},
        {header + "upsert,\"1\",2\n", "row 1: column \"price\": a value has no quotes"},
        {header + "upsert,\"1\",\"\"\n",
         "row 1: column \"price\": the cell is no value of its data type"},
        {header + "upsert,\"1\"\n", "row 1: 2 values, expected 3"},
        {header + "upsert,\"1\",\"2\",\n", "row 1: more than 3 values"},
        {header + "upsert,\"1\",\"2\"", "row 1: the bytes end inside a row"},
        {header + "upsert,\"1\",", "row 1: the bytes end inside a row"},
        {"\"1\",\"a\",\"2\",\n", "row 1: a value does not begin with a quote"},
        {"\"1\",\"a\",\"2\",\"7\"\n" + header, "row 2: a value does not begin with a quote"},
        {"id,name\n", "row 1: a value does not begin with a quote"},
    };
    for (const auto& row : table) {
        for (const std::size_t piece : {std::size_t{1}, row.slice.size()}) {
            SCOPED_TRACE(row.slice);
            const auto rows = read(row.slice, row.table, piece);
            ASSERT_FALSE(rows.ok());
            EXPECT_EQ(rows.error().code(), Code::corrupt);
            EXPECT_EQ(rows.error().operator_text(), row.expected);
        }
    }
}

TEST(SliceRowsTest, AHeaderThatDoesNotEndIsNotKeptInMemoryForEver) {
    const std::string_view front = "#slice 2,\"";
    SliceRowReader reader(keyed_table());
    reader.feed(front);
    ASSERT_TRUE(reader.next().ok());
    const std::string name(1 << 20, 'x');
    reader.feed(name);
    const auto read = reader.next();
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().operator_text(), "the header of the slice does not end");
}

}  // namespace
}  // namespace millrace
