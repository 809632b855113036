// Goal    the examples of templates/examples give what is written beside them.
// Method  map every example's event with its template and compare the cell.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/base/csv.h"
#include "core/mapping/source_mapper.h"

namespace millrace::mapping {
namespace {

namespace fs = std::filesystem;

class ZeroRng final : public Rng {
public:
    std::uint64_t next() override { return 0; }
};

std::string read(const fs::path& path) {
    std::ifstream file(path);
    EXPECT_TRUE(file.is_open()) << path;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string cell_of(const fs::path& example) {
    Column column;
    column.type = ColumnType::jsonnet;
    column.name = "c";
    column.template_text = read(example / "template.jsonnet");
    column.raw_string = true;
    const auto mapper = SourceMapper::compile({{column}}, {});
    if (!mapper.ok()) return mapper.error().client_text();

    std::map<std::string, std::string> sent;
    if (fs::exists(example / "headers.json")) {
        sent = nlohmann::json::parse(read(example / "headers.json"));
    }
    std::vector<RequestHeader> headers;
    for (const auto& [name, value] : sent) headers.push_back({.name = name, .value = value});
    const auto body = read(example / "event.json");
    const Record record{.arrived_at = {1'767'323'045'678},
                        .client_ip = "192.0.2.7",
                        .headers = headers,
                        .content_type = "application/json",
                        .body = body};
    ZeroRng rng;
    const auto scratch = make_scratch(rng);
    mapper.value().begin(record, *scratch);
    std::string row;
    if (const auto mapped = mapper.value().append_row(0, *scratch, row); !mapped.ok()) {
        return mapped.error().client_text();
    }
    CsvRowReader reader(1);
    reader.feed(row);
    EXPECT_TRUE(reader.next().value());
    return reader.row().at(0);
}

TEST(TemplateExamplesTest, EachGivesWhatIsWrittenBesideIt) {
    std::size_t examples = 0;
    for (const auto& entry : fs::directory_iterator("templates/examples")) {
        if (!entry.is_directory()) continue;
        ++examples;
        EXPECT_EQ(cell_of(entry.path()) + "\n", read(entry.path() / "expected.txt"))
            << entry.path();
    }
    EXPECT_GE(examples, 4U) << "run from the root of the source tree";
}

}  // namespace
}  // namespace millrace::mapping
