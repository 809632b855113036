// Goal    a body of a load makes slices that targets read, and the same ones whatever its pieces.
// Method  the first byte chooses a dialect, the second the length of pieces, the rest is the body.

#include <algorithm>
#include <iterator>
#include <string>

#include "core/bulk/bulk_reader.h"
#include "core/ports/slice_rows.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace millrace;
using namespace millrace::bulk;

const BulkFormat kDialects[] = {
    CsvFormat{.column_separator = ","},
    CsvFormat{.column_separator = "|@|", .line_delimiter = "|@|\n", .trim_double_quotes = true},
    CsvFormat{.column_separator = ",", .enclose = '"', .escape = '\\', .trim_double_quotes = true},
    CsvFormat{.column_separator = ",", .enclose = '"', .escape = '"', .trim_double_quotes = true},
    CsvFormat{.column_separator = "ab", .line_delimiter = "ac", .enclose = '\''},
    JsonFormat{},
    JsonFormat{.by_line = false, .strip_outer_array = true},
    JsonFormat{.by_line = true, .strip_outer_array = true},
    JsonFormat{.by_line = false, .strip_outer_array = true, .root = "$.x"},
    JsonFormat{.paths = {"$.k", "$.s.t", "$.d[1]", "$.j[*].x", "$"}},
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
    table.columns = {{.name = "k", .primary_key = true, .nullable = false},
                     {.name = "s"},
                     {.name = "d", .data_type = DataType::decimal},
                     {.name = "j", .data_type = DataType::json},
                     {.name = "at", .data_type = DataType::timestamp},
                     {.name = "day", .data_type = DataType::date}};
    return table;
}

struct Outcome {
    bool is_ok = true;
    std::string slice;
    BulkCounts counts;
    std::string log;
};

Outcome load(const BulkFormat& format, std::string_view body, std::size_t piece_bytes) {
    NoCompiler compiler;
    BulkSpec spec{
        .table = table(), .format = format, .mapping = {.max_filter_ratio = 1}, .now = {}};
    spec.line_bytes_max = 2000;
    auto reader = std::move(BulkReader::make(spec, compiler)).value();
    Outcome outcome;
    outcome.slice = render_slice_header(reader->header());
    std::uint64_t rows = 0;
    const auto take = [&] {
        const auto taken = reader->take();
        outcome.slice += taken.csv;
        rows += taken.rows;
    };
    while (!body.empty() && outcome.is_ok) {
        outcome.is_ok = reader->feed(body.substr(0, piece_bytes)).ok();
        body.remove_prefix(std::min(body.size(), piece_bytes));
        take();
    }
    outcome.is_ok = outcome.is_ok && reader->finish().ok();
    take();
    outcome.counts = reader->counts();
    outcome.log = reader->error_log();
    check(rows == outcome.counts.loaded, "{} rows, {} loaded", rows, outcome.counts.loaded);
    check(outcome.counts.total == rows + outcome.counts.filtered, "rows are lost");
    return outcome;
}

void read_back(const Outcome& outcome) {
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
    check(reader.finish().ok() && reader.rows() == outcome.counts.loaded, "rows: {}",
          outcome.slice);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto& format = kDialects[data[0] % std::size(kDialects)];
    const auto body = fuzz::text_of(data + 2, size - 2);
    const auto whole = load(format, body, std::max<std::size_t>(body.size(), 1));
    const auto cut = load(format, body, data[1] % 32 + 1U);
    check(whole.is_ok == cut.is_ok && whole.slice == cut.slice && whole.log == cut.log,
          "pieces of {} bytes differ: {}", data[1] % 32 + 1, body);
    read_back(whole);
    return 0;
}
