#include "api/control/mapping_presets.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <vector>

#include "api/control/definition_requests.h"
#include "core/mapping/scratch.h"
#include "core/mapping/source_mapper.h"
#include "tests/support/counting_rng.h"

namespace millrace::control {
namespace {

using OrderedJson = nlohmann::ordered_json;

const std::filesystem::path kFolder = "templates/presets";

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// `more`: further members of the body, with a comma behind each.
Result<definitions::NewSink> sink_with(std::string_view preset, std::string_view more = "",
                                       const SourceKindName& kind = kHttpSource) {
    const auto body = fmt::format(
        R"({{{}"type": "table", "name": "s", "table": {{"type": "keboola", "tableId": "in.c-a.t",
            "mapping": {{"preset": "{}"}}}}}})",
        more, preset);
    Source source;
    source.key = {.project = ProjectId(1), .branch = BranchId(1), .source = SourceId("s")};
    source.kind = kind;
    return parse_new_sink(body, source.key, {}, {}, &source);
}

// The row that the example becomes.
std::string row_of(const std::vector<Column>& columns, const OrderedJson& example) {
    std::vector<RequestHeader> headers;
    for (const auto& [name, value] : example.at("headers").items()) {
        headers.push_back({.name = name, .value = value.get_ref<const std::string&>()});
    }
    auto mapper = mapping::SourceMapper::compile({columns}, {});
    test::CountingRng rng;
    const auto scratch = mapping::make_scratch(rng);
    const Record record{.arrived_at = WallTime{1'700'000'000'000},
                        .client_ip = "192.0.2.1",
                        .headers = headers,
                        .content_type = example.at("contentType").get_ref<const std::string&>(),
                        .body = example.at("body").get_ref<const std::string&>()};
    mapper.value().begin(record, *scratch);
    std::string row;
    const auto made = mapper.value().append_row(0, *scratch, row);
    return made.ok() ? row : made.error().client_text();
}

// Goal    each ready-made mapping can be used, and makes of what its sender sends a row of values.
// Method  the deliveries that the senders' documents show, beside the mappings. With
//         MILLRACE_WRITE_DOCS set the rows are written into the files.
TEST(MappingPresetsTest, EveryPresetMakesARowOfItsExample) {
    for (const auto& preset : mapping_presets()) {
        SCOPED_TRACE(preset.name);
        EXPECT_EQ(content_of(kFolder / fmt::format("{}.json", preset.name)), preset.bytes);
        const auto sink = sink_with(preset.name);
        ASSERT_TRUE(sink.ok()) << sink.error().client_text();

        const auto path = kFolder / "examples" / fmt::format("{}.json", preset.name);
        auto example = OrderedJson::parse(content_of(path));
        const auto row = row_of(sink.value().columns, example);
        if (std::getenv("MILLRACE_WRITE_DOCS") != nullptr) {
            example["row"] = row;
            std::ofstream(path) << example.dump(2) << "\n";
        }
        EXPECT_EQ(row, example.value("row", ""));
    }
}

// Goal    a sink of ready-made columns for spans does not get a row of nothing for each log record.
TEST(MappingPresetsTest, APresetOfOpenTelemetrySaysWhichSignalItsSinkTakes) {
    using Signals = std::vector<Signal>;
    const struct {
        const char* preset;
        const char* more;
        SourceKindName kind;
        Signals signals;
    } cases[] = {
        {"otel-logs", "", kOtlpSource, {Signal::logs}},
        {"otel-metrics", "", kOtlpSource, {Signal::metrics}},
        {"otel-traces", R"("allowedSignals": null, )", kOtlpSource, {Signal::traces}},
        {"otel-logs", R"("allowedSignals": [], )", kOtlpSource, {}},
        {"otel-logs", R"("allowedSignals": ["traces"], )", kOtlpSource, {Signal::traces}},
        {"github", "", kOtlpSource, {}},
        {"otel-logs", "", kHttpSource, {}},
    };
    for (const auto& [preset, more, kind, signals] : cases) {
        const auto sink = sink_with(preset, more, kind);
        ASSERT_TRUE(sink.ok()) << sink.error().client_text();
        EXPECT_EQ(sink.value().signals, signals) << preset << more << kind.value;
    }
}

TEST(MappingPresetsTest, AnUnknownPresetIsRefusedWithThoseThatThereAre) {
    const auto sink = sink_with("gitlab");
    ASSERT_FALSE(sink.ok());
    EXPECT_EQ(sink.error().client_text(),
              fmt::format("value of body.table.mapping.preset must be one of {} but got value "
                          "\"gitlab\"",
                          mapping_preset_names()));
}

}  // namespace
}  // namespace millrace::control
