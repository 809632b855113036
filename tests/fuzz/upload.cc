// Goal    a body of an upload, CSV or Avro, makes slices that targets read, and the same batches
//         whatever its pieces; what is wrong ends it with a name, and never the process.
// Method  the first byte chooses format, dialect and table, the second the length of pieces, the
//         rest is the body.

#include <algorithm>
#include <iterator>
#include <string>

#include "core/bulk/upload_reader.h"
#include "core/ports/slice_rows.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace millrace;
using namespace millrace::bulk;

const CsvDialect kDialects[] = {
    CsvDialect{},
    CsvDialect{.separator = ";", .quote = std::nullopt, .header = false},
    CsvDialect{.quote = '\'', .escape = '\\', .line_separator = "|\n", .null_value = "NULL"},
};

class NoCompiler final : public ExpressionCompiler {
public:
    Result<std::unique_ptr<RowExpressions>> compile(const ExpressionSet&) override {
        return Error(Code::invalid, "no expressions here");
    }
};

DefinedTable table() {
    DefinedTable table;
    table.key.table = TableId::parse("in.c-fuzz.t").value();
    table.columns = {
        {.name = "k", .data_type = DataType::integer, .primary_key = true, .nullable = false},
        {.name = "s"},
        {.name = "d", .data_type = DataType::float64},
        {.name = "at", .data_type = DataType::timestamp},
        {.name = "day", .data_type = DataType::date},
        {.name = "b", .data_type = DataType::boolean}};
    return table;
}

struct Outcome {
    std::string error;
    std::string slice;
    std::uint64_t rows = 0;
};

Outcome upload(const UploadSpec& spec, std::string_view body, std::size_t piece_bytes) {
    NoCompiler compiler;
    Outcome outcome;
    UploadReader reader(
        spec, [&](BulkSpec bulk) { return BulkReader::make(std::move(bulk), compiler); },
        {.has_header =
             [&](const SliceHeader& header) {
                 outcome.slice = render_slice_header(header);
                 return Result<void>();
             },
         .take =
             [&](const BulkReader::Rows& rows) {
                 check(rows.rows <= spec.batch_rows, "a batch of {} rows", rows.rows);
                 outcome.slice += rows.csv;
                 outcome.rows += rows.rows;
                 return Result<void>();
             }});
    Result<void> result;
    while (!body.empty() && result.ok()) {
        result = reader.feed(body.substr(0, piece_bytes));
        body.remove_prefix(std::min(body.size(), piece_bytes));
    }
    if (result.ok()) result = reader.finish();
    if (!result.ok()) {
        outcome.error = result.error().name();
        check(!outcome.error.empty(), "an error without a name: {}", result.error().client_text());
    }
    return outcome;
}

void read_back(const Outcome& outcome) {
    if (outcome.slice.empty()) return;
    TableSpec spec{.id = table().key.table, .columns = {}};
    for (const auto& column : table().columns) {
        spec.columns.push_back({.name = column.name,
                                .primary_key = column.primary_key,
                                .data_type = column.data_type});
    }
    SliceRowReader reader(spec);
    reader.feed(outcome.slice);
    while (true) {
        const auto has_row = reader.next();
        check(has_row.ok(), "no slice: {}", outcome.slice);
        if (!has_row.value()) break;
    }
    check(reader.finish().ok() && reader.rows() == outcome.rows, "rows: {}", outcome.slice);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    UploadSpec spec;
    spec.table = table();
    spec.format = data[0] % 2 == 0 ? UploadFormat::avro : UploadFormat::csv;
    spec.csv = kDialects[data[0] / 2 % std::size(kDialects)];
    spec.record_bytes_max = 4000;
    spec.batch_rows = 3;
    const auto body = fuzz::text_of(data + 2, size - 2);
    const auto whole = upload(spec, body, std::max<std::size_t>(body.size(), 1));
    const auto cut = upload(spec, body, data[1] % 32 + 1U);
    check(whole.error == cut.error && whole.slice == cut.slice, "pieces of {} bytes differ: {}",
          data[1] % 32 + 1, body);
    read_back(whole);
    return 0;
}
