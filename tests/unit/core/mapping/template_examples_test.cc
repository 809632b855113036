// Goal    the examples of templates/examples that can be compiled give what is written beside them.
// Method  map every example's event with its template and compare the cell; tests/differential asks
//         libjsonnet for all of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/csv.h"
#include "core/mapping/source_mapper.h"
#include "core/mapping/template_program.h"
#include "tests/support/counting_rng.h"
#include "tests/support/template_example.h"

namespace millrace::mapping {
namespace {

using testing_support::TemplateExample;

std::string cell_of(const TemplateExample& example, const SourceMapper& mapper) {
    std::vector<RequestHeader> headers;
    for (const auto& [name, value] : example.headers) {
        headers.push_back({.name = name, .value = value});
    }
    test::CountingRng rng(0);
    const auto scratch = make_scratch(rng);
    mapper.begin({.arrived_at = {1'767'323'045'678},
                  .client_ip = "192.0.2.7",
                  .headers = headers,
                  .content_type = "application/json",
                  .body = example.body},
                 *scratch);
    std::string row;
    if (const auto mapped = mapper.append_row(0, *scratch, row); !mapped.ok()) {
        return mapped.error().client_text();
    }
    CsvRowReader reader(1);
    reader.feed(row);
    EXPECT_TRUE(reader.next().value());
    return reader.row().at(0);
}

TEST(TemplateExamplesTest, EachThatIsCompiledGivesWhatIsWrittenBesideIt) {
    std::vector<std::string> compiled;
    for (const auto& example : testing_support::template_examples()) {
        SCOPED_TRACE(example.name);
        Column column;
        column.type = ColumnType::jsonnet;
        column.name = "c";
        column.template_text = example.text;
        column.raw_string = true;
        if (!TemplateProgram::compile(example.text).ok()) continue;
        const auto mapper = SourceMapper::compile({{column}}, {});
        ASSERT_TRUE(mapper.ok());
        compiled.push_back(example.name);
        EXPECT_EQ(cell_of(example, mapper.value()), example.expected);
    }
    EXPECT_THAT(compiled, testing::IsSupersetOf({"arrival_and_sender", "github_push",
                                                 "invoice_amounts", "invoice_key"}));
}

}  // namespace
}  // namespace millrace::mapping
