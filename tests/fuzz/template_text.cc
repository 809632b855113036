// Goal    every template is compiled or refused with line and column; what is compiled gives JSON
//         or an error, never more than the limit.
// Method  compile the text and evaluate it on a fixed event.

#include <nlohmann/json.hpp>

#include "core/base/csv.h"
#include "core/mapping/source_mapper.h"
#include "core/mapping/template_program.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/counting_rng.h"

namespace {

using namespace millrace;
using namespace millrace::mapping;

void try_template(std::string_view text) {
    Column column;
    column.type = ColumnType::jsonnet;
    column.name = "c";
    column.template_text = text;
    if (const auto program = TemplateProgram::compile(std::string(text)); !program.ok()) {
        const std::string_view place = program.error().client_text();
        check(place.starts_with('(') ||
                  (!place.empty() && place.front() >= '0' && place.front() <= '9'),
              "no place: {}", place);
        return;
    }
    const auto mapper = SourceMapper::compile({{column}}, {.row_bytes_max = 10'000});
    check(mapper.ok(), "what compiles alone compiles as a column");
    test::CountingRng rng(0);
    const auto scratch = make_scratch(rng);
    mapper.value().begin(fuzz::event_of(R"({"a":{"b":[1,"x",null]},"n":1.50,"s":"\u00e9"})"),
                         *scratch);
    std::string row;
    const auto mapped = mapper.value().append_row(0, *scratch, row);
    if (!mapped.ok()) {
        check(!mapped.error().name().empty(), "an error without a name");
        return;
    }
    check(row.size() <= 10'000, "{} bytes", row.size());
    CsvRowReader reader(1);
    reader.feed(row);
    check(reader.next().value(), "a row is one row");
    check(nlohmann::json::accept(reader.row()[0]), "the cell is no JSON: {}", reader.row()[0]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try_template(fuzz::text_of(data, size));
    return 0;
}
