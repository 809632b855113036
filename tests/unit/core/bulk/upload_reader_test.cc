// Goal    a body of an upload becomes the same batches whatever its pieces are, and what is wrong
//         with it is named, with the row.
// Method  bodies in one piece and byte by byte.

#include "core/bulk/upload_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error_names.h"
#include "tests/support/avro_writer.h"
#include "tests/unit/core/bulk/bulk_loads.h"

namespace millrace::bulk {
namespace {

namespace names = error_names;
using testing_support::avro_block;
using testing_support::avro_header;
using testing_support::avro_number;
using testing_support::avro_text;

struct Uploaded {
    std::optional<Error> error;
    std::string csv;  // with ' for "
    std::vector<std::uint64_t> batches;
    std::optional<RowFault> fault;
    std::uint64_t repeated_headers = 0;
    bool has_operation = false;
};

UploadSpec spec_of(std::string_view columns) {
    UploadSpec spec;
    spec.table = table_of(columns);
    spec.record_bytes_max = 1000;
    return spec;
}

enum class Ending { whole, cut };

Uploaded upload(const UploadSpec& spec, std::string_view body, std::size_t piece_bytes,
                Ending ending = Ending::whole) {
    FakeCompiler compiler;
    Uploaded done;
    UploadReader reader(spec,
                        [&](BulkSpec bulk) { return BulkReader::make(std::move(bulk), compiler); },
                        {.has_header =
                             [&](const SliceHeader& header) {
                                 done.has_operation = header.has_operation;
                                 return Result<void>();
                             },
                         .take =
                             [&](const BulkReader::Rows& rows) {
                                 done.csv += rows.csv;
                                 done.batches.push_back(rows.rows);
                                 return Result<void>();
                             }});
    Result<void> result;
    while (!body.empty() && result.ok()) {
        result = reader.feed(body.substr(0, piece_bytes));
        body.remove_prefix(std::min(body.size(), piece_bytes));
    }
    if (result.ok()) result = ending == Ending::whole ? reader.finish() : reader.cut();
    if (!result.ok()) done.error = result.error();
    if (reader.fault() != nullptr) done.fault = *reader.fault();
    done.repeated_headers = reader.repeated_headers();
    std::replace(done.csv.begin(), done.csv.end(), '"', '\'');
    return done;
}

// In one piece; fails the test if pieces of a byte each become something else.
Uploaded upload(const UploadSpec& spec, std::string_view body, Ending ending = Ending::whole) {
    auto whole = upload(spec, body, 1 << 20, ending);
    const auto bytes = upload(spec, body, 1, ending);
    EXPECT_EQ(whole.csv, bytes.csv);
    EXPECT_EQ(whole.batches, bytes.batches);
    EXPECT_EQ(whole.error.has_value(), bytes.error.has_value());
    if (whole.error && bytes.error) {
        EXPECT_EQ(whole.error->client_text(), bytes.error->client_text());
    }
    return whole;
}

TEST(UploadReaderTest, ReadsCsvByTheNamesOfItsHeader) {
    const auto table = spec_of("id INTEGER KEY, name, age INTEGER");
    const struct {
        std::string_view body;
        std::string_view csv;
    } cases[] = {
        {"id,name,age\n1,a,2\n", "'1','a','2'\n"},
        {"id,name,age\r\n1,\"a\r\n\"\"b\"\"\",2\r\n", "'1','a\r\n''b''','2'\n"},
        {"AGE, id\n7,1", "'1',,'7'\n"},
        {"\xef\xbb\xbf\nid,name,age\n\n1,\"\",\n", "'1','',\n"},
        {"id,name,age\n1,a,2\nid,name,age\n\xef\xbb\xbfid,name,age\n2,b,3\n",
         "'1','a','2'\n'2','b','3'\n"},
        {"id,name,age\n", ""},
        {"id,name,age", ""},
    };
    for (const auto& [body, csv] : cases) {
        SCOPED_TRACE(body);
        const auto done = upload(table, body);
        EXPECT_FALSE(done.error) << done.error->client_text();
        EXPECT_EQ(done.csv, csv);
    }
    EXPECT_EQ(upload(table, cases[4].body).repeated_headers, 2U);
}

TEST(UploadReaderTest, HandsOverBatchesOfTheirSize) {
    auto spec = spec_of("id INTEGER");
    spec.batch_rows = 2;
    EXPECT_EQ(upload(spec, "id\n1\n2\n3\n4\n5\n").batches, (std::vector<std::uint64_t>{2, 2, 1}));
    spec.rows_before = 3;
    EXPECT_EQ(upload(spec, "id\n1\n2\n3\n4\n5\n").csv, "'4'\n'5'\n");
}

TEST(UploadReaderTest, SavesNothingButWholeRecordsOfACutBody) {
    const std::string csv = "id\n10\n200\n";
    for (std::size_t bytes = 0; bytes <= csv.size(); ++bytes) {
        const auto done = upload(spec_of("id INTEGER"), csv.substr(0, bytes), Ending::cut);
        EXPECT_FALSE(done.error);
        EXPECT_EQ(done.csv, bytes < 6 ? "" : bytes < 10 ? "'10'\n" : "'10'\n'200'\n") << bytes;
    }
}

TEST(UploadReaderTest, KnowsTheLastColumnSysOp) {
    const auto table = spec_of("id INTEGER KEY, name");
    const auto done = upload(table, "id,name,sys_op\n1,a,0\n2,,1\n");
    EXPECT_FALSE(done.error) << done.error->client_text();
    EXPECT_TRUE(done.has_operation);
    EXPECT_EQ(done.csv, "upsert,'1','a'\ndelete,'2',\n");
    EXPECT_EQ(upload(table, "id,name,sys_op\n1,a,2\n").error->name(), names::kUploadInvalidValue);
    EXPECT_EQ(upload(table, "id,sys_op,name\n").error->name(), names::kUploadSchemaMismatch);

    auto deleting = table;
    deleting.deletes = true;
    EXPECT_EQ(upload(deleting, "id\n1\n").csv, "delete,'1'\n");
    EXPECT_EQ(upload(deleting, "id,sys_op\n1,1\n").error->name(), names::kUploadSchemaMismatch);

    const auto keyless = upload(spec_of("id INTEGER"), "id,sys_op\n1,0\n");
    EXPECT_FALSE(keyless.has_operation);
    EXPECT_EQ(keyless.csv, "'1'\n");
    EXPECT_EQ(upload(spec_of("id INTEGER"), "id,sys_op\n1,1\n").error->name(),
              names::kUploadInvalidValue);
}

TEST(UploadReaderTest, NamesTheRowThatIsWrong) {
    const auto table = spec_of("id INTEGER KEY, name");
    const struct {
        std::string_view body;
        std::string_view name;
        std::uint64_t row;
        std::string_view column;
    } cases[] = {
        {"id,name\n1,a\n2\n", names::kUploadColumnCount, 2, "name"},
        {"id,name\n1,a,b\n", names::kUploadColumnCount, 1, ""},
        {"id,name\n\n1,a\nx,b\n", names::kUploadInvalidValue, 2, "id"},
        {"id,name\n1,\xff\n", names::kUploadMalformed, 1, ""},
    };
    for (const auto& [body, name, row, column] : cases) {
        SCOPED_TRACE(body);
        const auto done = upload(table, body);
        ASSERT_TRUE(done.error && done.fault);
        EXPECT_EQ(done.error->name(), name);
        EXPECT_EQ(done.fault->row, row);
        EXPECT_EQ(done.fault->column, column);
    }
    const auto body = "id,name\n1,a," + std::string(500, 'x') + "\n";
    EXPECT_EQ(upload(table, body).fault->text.size(), 200U);
}

TEST(UploadReaderTest, RefusesWhatIsNoCsvOfTheTable) {
    const struct {
        std::string body;
        std::string_view name;
    } cases[] = {
        {"", names::kUploadMalformed},
        {"id,other\n", names::kUploadSchemaMismatch},
        {"name\n", names::kUploadSchemaMismatch},
        {"id,id\n", names::kUploadSchemaMismatch},
        {"id,\"name\n", names::kUploadMalformed},
        {"id,name\n1,\"a\n", names::kUploadMalformed},
        {std::string(1100, 'x'), names::kUploadRecordTooLarge},
        {"id,name\n1," + std::string(1100, 'x'), names::kUploadRecordTooLarge},
    };
    for (const auto& [body, name] : cases) {
        SCOPED_TRACE(body.substr(0, 40));
        const auto done = upload(spec_of("id INTEGER KEY, name"), body);
        ASSERT_TRUE(done.error);
        EXPECT_EQ(done.error->name(), name);
    }
}

constexpr std::string_view kFields =
    R"([{"name":"x","type":"long"},{"name":"y","type":["null","string"]}])";

std::string person(std::int64_t id, std::string_view name) {
    return avro_number(id) + avro_number(1) + avro_text(name);
}

UploadSpec avro_spec(std::string_view columns) {
    auto spec = spec_of(columns);
    spec.format = UploadFormat::avro;
    return spec;
}

TEST(UploadReaderTest, ReadsAvroByTheOrderOfItsFields) {
    const auto head = avro_header(kFields);
    const auto null = avro_number(3) + avro_number(0);
    const auto body = head + avro_block(2, person(1, "a") + null) + avro_block(0, "") +
                      avro_block(1, person(-4, ""));
    const auto done = upload(avro_spec("id INTEGER, name"), body);
    EXPECT_FALSE(done.error) << done.error->client_text();
    EXPECT_EQ(done.csv, "'1','a'\n'3',\n'-4',''\n");
    EXPECT_EQ(upload(avro_spec("id INTEGER, name"), head).csv, "");
}

TEST(UploadReaderTest, ReadsAFurtherFileOfTheSameSchema) {
    constexpr std::string_view kOtherSync = "fedcba9876543210";
    const auto first = avro_header(kFields) + avro_block(1, person(1, "a"));
    const auto second =
        avro_header(kFields, "null", kOtherSync) + avro_block(1, person(2, "b"), kOtherSync);
    EXPECT_EQ(upload(avro_spec("id INTEGER, name"), first + second).csv, "'1','a'\n'2','b'\n");
    const auto other = avro_header(R"([{"name":"x","type":"long"}])");
    const auto done = upload(avro_spec("id INTEGER, name"), first + other);
    EXPECT_EQ(done.error->name(), names::kUploadMalformed);
}

TEST(UploadReaderTest, SavesNothingButWholeBlocksOfCutAvro) {
    const auto head = avro_header(kFields);
    const auto first = avro_block(1, person(1, "a"));
    const auto body = head + first + avro_block(1, person(2, "b"));
    for (std::size_t bytes = 0; bytes <= body.size(); ++bytes) {
        const auto done = upload(avro_spec("id INTEGER, name"), body.substr(0, bytes), Ending::cut);
        EXPECT_FALSE(done.error);
        const auto rows = bytes < head.size() + first.size() ? 0U : bytes < body.size() ? 1U : 2U;
        EXPECT_EQ(std::count(done.csv.begin(), done.csv.end(), '\n'), rows) << bytes;
    }
}

TEST(UploadReaderTest, RefusesBrokenAvro) {
    const auto head = avro_header(kFields);
    const auto block = avro_block(1, person(1, "a"));
    const auto bad_length = avro_number(1) + avro_number(1) + avro_number(-9);
    const struct {
        std::string body;
        std::string_view name;
    } cases[] = {
        {"", names::kUploadMalformed},
        {"id,name\n", names::kUploadMalformed},
        {head.substr(0, 20), names::kUploadMalformed},
        {head + block.substr(0, 5), names::kUploadMalformed},
        {head + block.substr(0, block.size() - 1) + "!", names::kUploadMalformed},
        {head + avro_block(-1, person(1, "a")), names::kUploadMalformed},
        {head + avro_block(2, person(1, "a")), names::kUploadMalformed},
        {head + avro_block(1, person(1, "a") + "x"), names::kUploadMalformed},
        {head + avro_block(0, "x"), names::kUploadMalformed},
        {head + avro_block(1, bad_length), names::kUploadMalformed},
        {head + avro_number(1) + avro_number(-1), names::kUploadMalformed},
        {head + std::string(11, '\xff'), names::kUploadMalformed},
        {head + avro_number(1) + avro_number(std::int64_t{2} << 30), names::kUploadRecordTooLarge},
        {avro_header(kFields, "bzip2"), names::kUploadMalformed},
        {avro_header(kFields, "deflate") + block, names::kUploadMalformed},
        {avro_header(kFields, "snappy") + block, names::kUploadMalformed},
        {avro_header(kFields, "zstandard") + block, names::kUploadMalformed},
        {avro_header("[]"), names::kUploadMalformed},
        {avro_header(R"([{"name":"x","type":"bytes"}])"), names::kUploadMalformed},
        {avro_header(R"([{"name":"x","type":"long"}])"), names::kUploadSchemaMismatch},
        {avro_header(R"([{"name":"x","type":"string"},{"name":"y","type":"string"}])"),
         names::kUploadSchemaMismatch},
        {head + avro_block(1, avro_number(1) + avro_number(1) + avro_text("\xff")),
         names::kUploadMalformed},
    };
    for (const auto& [body, name] : cases) {
        SCOPED_TRACE(&body - &cases[0].body);
        const auto done = upload(avro_spec("id INTEGER, name"), body);
        ASSERT_TRUE(done.error);
        EXPECT_EQ(done.error->name(), name) << done.error->client_text();
        EXPECT_EQ(done.csv, "");
    }
}

TEST(UploadReaderTest, WritesTimesOfAvroAsSlicesHaveThem) {
    const struct {
        std::string_view type;
        std::string_view column;
        std::int64_t value;
        std::string_view csv;  // empty: it is none
    } cases[] = {
        {R"({"type":"int","logicalType":"date"})", "DATE", 0, "1970-01-01"},
        {R"({"type":"int","logicalType":"date"})", "DATE", -719162, "0001-01-01"},
        {R"({"type":"int","logicalType":"date"})", "DATE", -719163, ""},
        {R"({"type":"int","logicalType":"date"})", "DATE", 2932896, "9999-12-31"},
        {R"({"type":"int","logicalType":"date"})", "DATE", 2932897, ""},
        {R"({"type":"long","logicalType":"timestamp-micros"})", "TIMESTAMP", -1,
         "1969-12-31T23:59:59.999999Z"},
        {R"({"type":"long","logicalType":"timestamp-millis"})", "TIMESTAMP", 1,
         "1970-01-01T00:00:00.001000Z"},
        {R"({"type":"long","logicalType":"timestamp-micros"})", "TIMESTAMP", INT64_MIN, ""},
        {R"({"type":"long","logicalType":"timestamp-millis"})", "TIMESTAMP", INT64_MAX, ""},
        {R"({"type":"long","logicalType":"time-micros"})", "STRING", 86'399'999'999,
         "23:59:59.999999"},
        {R"({"type":"long","logicalType":"time-micros"})", "STRING", 86'400'000'000, ""},
        {R"({"type":"int","logicalType":"time-millis"})", "STRING", 1, "00:00:00.001000"},
        {R"({"type":"enum","name":"e","symbols":["red","blue"]})", "STRING", 1, "blue"},
        {R"({"type":"long","logicalType":"unknown"})", "INTEGER", 5, "5"},
    };
    for (const auto& [type, column, value, csv] : cases) {
        SCOPED_TRACE(std::string(type) + std::to_string(value));
        const auto fields = R"([{"name":"x","type":)" + std::string(type) + "}]";
        const auto done = upload(avro_spec("c " + std::string(column)),
                                 avro_header(fields) + avro_block(1, avro_number(value)));
        EXPECT_EQ(done.csv, csv.empty() ? "" : "'" + std::string(csv) + "'\n");
        EXPECT_EQ(done.error.has_value(), csv.empty());
        if (!done.error || !done.fault) continue;
        EXPECT_EQ(done.error->name(), names::kUploadInvalidValue);
        EXPECT_EQ(done.fault->column, "c");
    }
}

}  // namespace
}  // namespace millrace::bulk
