#include "api/cli/definition_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "api/cli/yaml_document.h"

namespace millrace::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

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
    for (const auto* text : {"sources:\n", "sources: []\ntables:\n", "---\nsources: []\n...\n"}) {
        const auto file = read_definitions(text);
        ASSERT_TRUE(file.ok()) << file.error().client_text();
        EXPECT_TRUE(file.value().sources.empty());
    }
}

// It may be what is left of one that was cut.
TEST(DefinitionFileTest, AnEmptyFileIsAMistake) {
    for (const auto* text : {"", "\n", "# nothing\n", "---\n...\n"}) {
        const auto file = read_definitions(text);
        ASSERT_FALSE(file.ok()) << text;
        EXPECT_THAT(file.error().client_text(), HasSubstr("line 1: the file is empty"));
    }
}

// Goal    nothing is made where the last column of a file is wrong.
TEST(DefinitionFileTest, MistakesInColumnsAreToldWithTheirPlace) {
    const std::string sink =
        "sources:\n  - id: a\n    sinks:\n      - id: b\n        table: t\n        columns:\n"
        "          - id=id\n          - ";
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"{name: x}", "sink b, column x: it needs \"type\""},
        {"{type: ip}", "a column of the sink b: it needs \"name\""},
        {"{name: x, type: pth, path: a}", "\"pth\" is no type; did you mean path? There are uuid"},
        {"{name: x, type: ip, dataType: INT}", "\"INT\" is no dataType"},
        {"{name: x, type: ip, dataType: INTEGER}", "the type ip cannot have the dataType INTEGER"},
        {"x=@uuid:INTEGER", "sink b, column x: the type uuid cannot have the dataType INTEGER"},
        {"{name: x, type: ip, primaryKey: 1}", "\"primaryKey\" must be true or false"},
        {"{name: x, type: path}", "the type path needs \"path\""},
        {"{name: x, type: path, path: 5}", "\"path\" must be a text: put it into quotes"},
        {"{name: x, type: ip, path: a}", "the type ip has no \"path\""},
        {"{name: x, type: ip, defaultValue: a}", "the type ip has no \"defaultValue\""},
        {"{name: x, type: ip, rawString: true}", "the type ip has no \"rawString\""},
        {"{name: x, type: header}", "the type header needs \"header\""},
        {"{name: x, type: query, header: A}", "the type query has no \"header\""},
        {"{name: x, type: template}", "the type template needs \"template\""},
        {"{name: x, type: template, template: {language: lua, content: a}}",
         "the language of a template is jsonnet"},
        {"{name: x, type: template, template: {language: jsonnet}}", "the content of a template"},
        {"{name: x, type: template, template: {language: jsonnet, content: a, contents: b}}",
         "unknown key \"contents\" of template"},
        {"{name: x, type: ip, template: {language: jsonnet, content: a}}",
         "the type ip has no \"template\""},
        {"{name: x, type: datetime, dataType: {type: TIMESTAMP, from: epoch}}",
         "\"from\" of dataType must be one of epoch-s"},
        {"{name: x, type: path, path: a, dataType: {type: DATE, from: epoch-s}}",
         "\"from\" of dataType needs the type TIMESTAMP"},
        {"{name: ID, type: ip}", "sink b, column ID: it is there twice"},
        {"{name: sqlite_x, type: ip}", "names that begin with sqlite_ are reserved"},
        {"{name: \"" + std::string(129, 'x') + "\", type: ip}", "\"name\" must have 1 to 128"},
        {"{name: \"a\\nb\", type: ip}", "its name has control characters"},
    };
    for (const auto& [column, wanted] : cases) {
        SCOPED_TRACE(column);
        const auto file = read_definitions(sink + column + "\n");
        ASSERT_FALSE(file.ok());
        EXPECT_THAT(file.error().client_text(), HasSubstr("line 8: "));
        EXPECT_THAT(file.error().client_text(), HasSubstr(wanted));
    }
    for (const auto* good :
         {"{name: x, type: json, path: a, rawString: true, defaultValue: ''}",
          "{name: x, type: path, path: a, dataType: {type: TIMESTAMP, from: epoch-ms}}",
          "{name: x, type: kafkaKey, defaultValue: a}",
          "{name: x, type: clientCertificate, primaryKey: true}",
          "{name: x, type: header, header: X-A, dataType: JSON}",
          "{name: x, type: template, rawString: true, template: {language: jsonnet, content: "
          "'1'}}"}) {
        const auto file = read_definitions(sink + good + "\n");
        EXPECT_TRUE(file.ok()) << good << ": " << file.error().client_text();
    }
}

TEST(DefinitionFileTest, MistakesInColumnsOfTablesAreToldToo) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"{name: x, dataType: INT}", "table t, column x: \"INT\" is no dataType"},
        {"{dataType: DATE}", "a column of the table t: it needs \"name\""},
        {"{name: x, nullable: 0}", "\"nullable\" must be true or false"},
        {"{name: x, primaryKey: true, nullable: true}", "cannot be nullable"},
        {"A", "table t, column A: it is there twice"},
    };
    for (const auto& [column, wanted] : cases) {
        SCOPED_TRACE(column);
        const auto file = read_definitions("tables:\n  - id: t\n    columns:\n      - a\n      - " +
                                           column + "\n");
        ASSERT_FALSE(file.ok());
        EXPECT_THAT(file.error().client_text(), HasSubstr("line 5: "));
        EXPECT_THAT(file.error().client_text(), HasSubstr(wanted));
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
        {"sources:\n  - id: a\n    type: http\n    kafka: {}\n", "line 4: unknown key \"kafka\""},
        {"sources:\n  - id: a\n    http: {secret: x}\n", "line 3: unknown key \"secret\" of http"},
        {"sources:\n  - id: a\n    type: kafka\n    kafka: {topics: x}\n",
         "line 4: unknown key \"topics\" of kafka; did you mean topic?"},
        {"sources:\n  - id: a\n    settings: {k: [1]}\n", "line 3: \"k\" must have one value"},
        {sink + "        columns: []\n", "line 6: \"columns\" of a sink has none"},
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

const YamlNode& at(const YamlNode& node, const std::string& name) {
    const auto* const found = node.find(name);
    if (found == nullptr) throw std::out_of_range(name);
    return *found;
}

// Goal    what a part of a request may have, a file may have: it is written by `export`.
// Method  openapi.yaml names the fields; a file has one after the other.
TEST(DefinitionFileTest, KnowsEveryFieldOfTheApi) {
    std::ifstream file("openapi/openapi.yaml");
    std::stringstream text;
    text << file.rdbuf();
    const auto description = parse_yaml(text.str());
    ASSERT_TRUE(description.ok()) << description.error().client_text();
    const auto& schemas = at(at(description.value(), "components"), "schemas");
    const auto properties = [&](const char* schema) -> const YamlNode& {
        return at(at(schemas, schema), "properties");
    };
    const std::string source = "sources:\n  - id: a\n    type: ";
    const std::string sink = source + "kafka\n    sinks:\n      - {id: b, table: t, columns: [";
    const std::string table = "tables:\n  - {id: in.c-a.t, columns: [";
    struct Part {
        const YamlNode& fields;
        std::string before;
        std::string behind;
    };
    const std::vector<Part> parts = {
        {properties("NewKafkaPart"), source + "kafka\n    kafka: {", "}\n"},
        {properties("GivenHttpPart"), source + "http\n    http: {", "}\n"},
        {at(at(properties("GivenHttpPart"), "signature"), "properties"),
         source + "http\n    http: {signature: {", "}}\n"},
        {properties("CsvParser"), table + "a], csvParser: {", "}}\n"},
        {properties("NewTableColumn"), table + "{", "}]}\n"},
        {properties("PathColumn"), sink + "{", "}]}\n"},
        {properties("TemplateColumn"), sink + "{", "}]}\n"},
        {properties("HeaderColumn"), sink + "{", "}]}\n"},
        {properties("QueryColumn"), sink + "{", "}]}\n"},
        {properties("KafkaPlaceColumn"), sink + "{", "}]}\n"},
    };
    for (const auto& [fields, before, behind] : parts) {
        EXPECT_FALSE(fields.fields.empty());
        for (const auto& [key, _] : fields.fields) {
            const bool is_answer = key.name.starts_with("engine");
            const bool is_act = key.name == "restart";
            if (is_answer || is_act) continue;
            const auto read = read_definitions(before + key.name + ": null" + behind);
            if (read.ok()) continue;
            EXPECT_THAT(read.error().client_text(), Not(HasSubstr("unknown key")));
        }
    }
}

}  // namespace
}  // namespace millrace::cli
