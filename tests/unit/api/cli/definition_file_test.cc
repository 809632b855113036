#include "api/cli/definition_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace::cli {
namespace {

using testing::HasSubstr;

TEST(DefinitionFileTest, SaysWhatTheApiTakes) {
    const auto file = read_definitions(R"(
tables:
  - id: in.c-shop.stock
    columns: [sku:key, {name: "count", dataType: INTEGER}]
sources:
  - id: shop
    name: Web shop
    http: {preset: github, signature: {secrets: [s]}}
    settings: {source.http.badRecords: skip}
    enabled: false
    sinks:
      - id: orders
        table: in.c-shop.orders
        columns:
          - id=order.id:INTEGER:key
          - {type: template, name: t, template: {language: jsonnet, content: "1"}}
        settings: {a.b: 3, c.d: null}
)");
    ASSERT_TRUE(file.ok()) << file.error().client_text();
    ASSERT_EQ(file.value().tables.size(), 1U);
    EXPECT_EQ(
        file.value().tables[0].body.dump(),
        R"({"tableId":"in.c-shop.stock","columns":[{"name":"sku","primaryKey":true},{"name":"count","dataType":"INTEGER"}]})");
    ASSERT_EQ(file.value().sources.size(), 1U);
    const auto& source = file.value().sources[0];
    EXPECT_EQ(source.id, "shop");
    EXPECT_EQ(source.enabled, false);
    EXPECT_EQ(
        source.body.dump(),
        R"({"type":"http","name":"Web shop","http":{"preset":"github","signature":{"secrets":["s"]}}})");
    ASSERT_EQ(source.settings.size(), 1U);
    EXPECT_EQ(source.settings[0].key, "source.http.badRecords");
    ASSERT_EQ(source.sinks.size(), 1U);
    const auto& sink = source.sinks[0];
    EXPECT_EQ(sink.body["name"], "orders");
    EXPECT_FALSE(sink.is_named);
    EXPECT_EQ(sink.body["table"]["tableId"], "in.c-shop.orders");
    EXPECT_EQ(sink.body["table"]["mapping"]["columns"].size(), 2U);
    ASSERT_EQ(sink.settings.size(), 2U);
    EXPECT_EQ(sink.settings[0].value, 3);
    EXPECT_TRUE(sink.settings[1].value.is_null());
}

TEST(DefinitionFileTest, NothingIsAFileToo) {
    for (const auto* text : {"", "sources:\n", "sources: []\ntables:\n", "---\n...\n"}) {
        const auto file = read_definitions(text);
        ASSERT_TRUE(file.ok()) << file.error().client_text();
        EXPECT_TRUE(file.value().sources.empty());
    }
}

TEST(DefinitionFileTest, EveryMistakeHasItsLine) {
    const std::string sink = "sources:\n  - id: a\n    sinks:\n      - id: b\n        table: t\n";
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"sauces: []\n", "line 1: unknown key \"sauces\" of the file; did you mean sources?"},
        {"sources: shop\n", "line 1: \"sources\" must be a list"},
        {"sources:\n  - shop\n", "line 2: a source must have keys"},
        {"sources:\n  - name: x\n", "line 2: a source needs \"id\""},
        {"sources:\n  - id: 12\n", "line 2: \"id\" must be a text: put it into quotes"},
        {"sources:\n  - id: a\n    nmae: b\n",
         "line 3: unknown key \"nmae\" of a source of type http; did you mean name?"},
        {"sources:\n  - id: a\n  - id: a\n", "line 3: a source \"a\" is there twice"},
        {"sources:\n  - id: a\n    enabled: maybe\n", "line 3: \"enabled\" must be true or false"},
        {"sources:\n  - id: a\n    kafka: {}\n", "line 3: unknown key \"kafka\""},
        {"sources:\n  - id: a\n    http: {secret: x}\n", "line 3: unknown key \"secret\" of http"},
        {"sources:\n  - id: a\n    type: kafka\n    kafka: {topics: x}\n",
         "line 4: unknown key \"topics\" of kafka; did you mean topic?"},
        {"sources:\n  - id: a\n    settings: {k: [1]}\n", "line 3: \"k\" must have one value"},
        {"sources:\n  - id: a\n    sinks:\n      - id: b\n        columns: [x=y]\n",
         "line 4: a sink needs \"table\""},
        {sink, "line 4: a sink needs \"columns\""},
        {sink + "        columns: [x=y:INTEGR]\n", "line 6: column x=y:INTEGR: INTEGR is no type"},
        {sink + "        columns:\n          - {name: x, tpye: ip}\n",
         "line 7: unknown key \"tpye\" of a column; did you mean type?"},
        {sink + "        columns: [x=y]\n      - id: b\n        table: t\n        columns: [x=y]\n",
         "line 7: a sink \"b\" is there twice"},
        {"tables:\n  - id: t\n", "line 2: a table needs \"columns\""},
        {"tables:\n  - id: t\n    columns: [a:INTEGR]\n", "line 3: column a:INTEGR"},
    };
    for (const auto& [text, wanted] : cases) {
        SCOPED_TRACE(text);
        const auto file = read_definitions(text);
        ASSERT_FALSE(file.ok());
        EXPECT_THAT(file.error().client_text(), HasSubstr(wanted));
    }
}

TEST(DefinitionFileTest, AllMistakesAreToldAtOnce) {
    const auto file = read_definitions("sources:\n  - nmae: a\n  - id: b\n    x: 1\n");
    ASSERT_FALSE(file.ok());
    EXPECT_THAT(file.error().client_text(), HasSubstr("line 2: unknown key \"nmae\""));
    EXPECT_THAT(file.error().client_text(), HasSubstr("line 2: a source needs \"id\""));
    EXPECT_THAT(file.error().client_text(), HasSubstr("line 4: unknown key \"x\""));
}

// Goal    a file that was cut is refused, or asks for less than the whole.
// Method  cut a file after every byte: what is taken has no more sources and sinks.
TEST(DefinitionFileTest, AFileThatWasCutIsRefused) {
    const std::string whole =
        "---\n"
        "sources:\n"
        "  - id: shop\n"
        "    sinks:\n"
        "      - id: orders\n"
        "        table: in.c-shop.orders\n"
        "        columns:\n"
        "          - id=id:INTEGER:key\n"
        "          - name=name\n"
        "...\n";
    ASSERT_TRUE(read_definitions(whole).ok());
    for (std::size_t bytes = 4; bytes < whole.size(); ++bytes) {
        EXPECT_FALSE(read_definitions(whole.substr(0, bytes)).ok()) << whole.substr(0, bytes);
    }
}

}  // namespace
}  // namespace millrace::cli
