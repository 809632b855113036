// Goal    a path column takes exactly what is JSON, and its cell is JSON again.
// Method  the first line is a path, the rest a body; another JSON library judges both.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/csv.h"
#include "core/mapping/json_scan.h"
#include "core/mapping/source_mapper.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/counting_rng.h"

namespace {

using namespace millrace;
using namespace millrace::mapping;

// Whether some number may be over what a double holds.
bool has_huge_number(std::string_view body) {
    std::size_t digits = 0;
    bool is_exponent = false;
    for (const char c : body) {
        if (c >= '0' && c <= '9') {
            if (++digits > (is_exponent ? 2U : 200U)) return true;
            continue;
        }
        if (c == '+' || c == '-') continue;
        is_exponent = c == 'e' || c == 'E';
        digits = 0;
    }
    return false;
}

bool has_zero(std::string_view body) {
    return body.find('\0') != std::string_view::npos;
}

// Texts of which the libraries think differently on purpose: a byte order mark, surrogate escapes
// without a partner, depth, numbers that overflow, a zero byte (there the end of the text).
bool is_disputed(std::string_view body) {
    std::size_t depth = 0, deepest = 0;
    for (const char c : body) {
        if (c == '[' || c == '{') deepest = std::max(deepest, ++depth);
        if ((c == ']' || c == '}') && depth > 0) --depth;
    }
    return body.starts_with("\xef\xbb\xbf") || deepest >= kJsonDepthMax ||
           body.find("\\u") != std::string_view::npos || has_huge_number(body) || has_zero(body);
}

Column column_of(std::string_view path, bool raw_string, DataType data_type) {
    Column column;
    column.type = ColumnType::path;
    column.name = "c";
    column.path = path;
    column.raw_string = raw_string;
    column.default_value = "";
    column.data_type = data_type;
    return column;
}

void try_body(std::string_view path, std::string_view body) {
    const auto mapper = SourceMapper::compile({{column_of(path, false, DataType::string)},
                                               {column_of(path, true, DataType::string)},
                                               {column_of(path, false, DataType::json)},
                                               {column_of(path, false, DataType::timestamp)}},
                                              {});
    if (!mapper.ok()) return;
    test::CountingRng rng(0);
    const auto scratch = make_scratch(rng);
    mapper.value().begin(fuzz::event_of(body), *scratch);
    std::string row;
    const auto mapped = mapper.value().append_row(0, *scratch, row);
    check(mapped.ok() || mapped.error().name() == "stream.in.invalidJson", "{}",
          mapped.ok() ? "" : mapped.error().name());
    check(mapped.ok() || row.empty(), "a refused row left something");
    check(!mapped.ok() || !has_zero(body), "a zero byte is no JSON");
    const bool is_json = nlohmann::json::accept(body);
    check(is_disputed(body) || mapped.ok() == is_json, "taken: {}, is JSON: {}", mapped.ok(),
          is_json);
    for (std::size_t sink = 1; sink < 4; ++sink) {
        std::string other;
        const auto done = mapper.value().append_row(sink, *scratch, other);
        check(sink == 3 || done.ok() == mapped.ok(), "sink {} thinks otherwise", sink);
    }
    if (!mapped.ok()) return;
    CsvRowReader reader(1);
    reader.feed(row);
    check(reader.next().value(), "a row is one row");
    check(is_disputed(body) || nlohmann::json::accept(reader.row()[0]), "the cell is no JSON: {}",
          reader.row()[0]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto line = std::min(text.find('\n'), text.size());
    try_body(text.substr(0, line), text.substr(std::min(line + 1, text.size())));
    return 0;
}
