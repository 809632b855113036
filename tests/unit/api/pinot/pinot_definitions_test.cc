#include "api/pinot/pinot_definitions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/api/pinot/pinot_documents.h"

namespace millrace::pinot {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr WallTime kNow{1'767'323'045'000};

std::vector<Column> columns(const Json& schema, const Json& table, PinotFindings& findings) {
    const auto read = read_pinot_schema(schema, findings);
    return columns_of(read, read_pinot_table(table, nullptr, kNow, findings), findings);
}

Column path(std::string name, DataType type, std::optional<std::string> otherwise,
            bool primary_key = false) {
    return {.type = ColumnType::path,
            .name = name,
            .primary_key = primary_key,
            .data_type = type,
            .path = name,
            .default_value = std::move(otherwise),
            .raw_string = true};
}

Json one_field(const Json& field, const char* kind = "dimensionFieldSpecs") {
    return {{"schemaName", "s"}, {kind, Json::array({field})}};
}

TEST(PinotDefinitionsTest, TheGuidesTableIsOneSourceAndOneSink) {
    PinotFindings findings;
    EXPECT_THAT(columns(Json::parse(kTranscriptSchema), Json::parse(kTranscriptTable), findings),
                ElementsAre(path("studentID", DataType::integer, "-2147483648"),
                            path("firstName", DataType::string, "null"),
                            path("lastName", DataType::string, "null"),
                            path("gender", DataType::string, "null"),
                            path("subject", DataType::string, "null"),
                            path("score", DataType::float64, "0.0"),
                            path("timestamp", DataType::integer, "-9223372036854775808")));
    EXPECT_THAT(findings.errors(), IsEmpty());
    EXPECT_EQ(source_of_table("transcript"), SourceId("pinot-transcript"));
    EXPECT_EQ(table_of({}, "transcript").value().text(), "in.c-pinot.transcript");
}

TEST(PinotDefinitionsTest, TablesHaveSourcesOfTheirOwn) {
    EXPECT_TRUE(source_of_table("fooBar").value.starts_with("pinot-foo-bar-"));
    EXPECT_NE(source_of_table("fooBar"), source_of_table("foo-bar"));
    EXPECT_NE(source_of_table("a_b"), source_of_table("a-b"));
    EXPECT_NE(source_of_table("___"), source_of_table("____"));
    const std::string name(90, 'a');
    EXPECT_LE(source_of_table(name).value.size(), 48U);
    EXPECT_NE(source_of_table(name), source_of_table(name + "b"));
    EXPECT_FALSE(table_of({}, "täble").ok());
    EXPECT_FALSE(table_of({}, std::string(97, 'a')).ok());
    EXPECT_THAT(table_of({.bucket = "x"}, "t").error().client_text(), HasSubstr("pinot.bucket"));
}

TEST(PinotDefinitionsTest, EachTypeHasItsColumn) {
    struct Case {
        Json field;
        const char* kind;
        DataType type;
        std::optional<std::string> otherwise;
    };
    const auto* const dimension = "dimensionFieldSpecs";
    const auto* const metric = "metricFieldSpecs";
    for (const auto& [field, kind, type, otherwise] : std::vector<Case>{
             {{{"name", "a"}, {"dataType", "INT"}}, metric, DataType::integer, "0"},
             {{{"name", "a"}, {"dataType", "FLOAT"}}, dimension, DataType::float64, ""},
             {{{"name", "a"}, {"dataType", "DOUBLE"}}, metric, DataType::float64, "0.0"},
             {{{"name", "a"}, {"dataType", "BIG_DECIMAL"}}, metric, DataType::decimal, "0"},
             {{{"name", "a"}, {"dataType", "BOOLEAN"}}, dimension, DataType::boolean, "false"},
             {{{"name", "a"}, {"dataType", "JSON"}}, dimension, DataType::json, "null"},
             {{{"name", "a"}, {"dataType", "BYTES"}}, dimension, DataType::string, ""},
             {{{"name", "a"}, {"dataType", "STRING"}, {"defaultNullValue", "-"}},
              dimension,
              DataType::string,
              "-"},
             {{{"name", "a"}, {"dataType", "STRING"}, {"notNull", true}},
              dimension,
              DataType::string,
              std::nullopt},
             {{{"name", "a"}, {"dataType", "STRING"}, {"singleValueField", false}},
              dimension,
              DataType::json,
              "[\"null\"]"},
             {{{"name", "a"}, {"dataType", "INT"}, {"singleValueField", false}},
              dimension,
              DataType::json,
              "[-2147483648]"},
             {{{"name", "a"}, {"dataType", "MAP"}}, "complexFieldSpecs", DataType::json, "{}"},
         }) {
        SCOPED_TRACE(field.dump());
        PinotFindings findings;
        const auto made = columns(one_field(field, kind), Json::parse(kTranscriptTable), findings);
        EXPECT_THAT(findings.errors(), IsEmpty());
        EXPECT_THAT(made, ElementsAre(path("a", type, otherwise)));
    }
}

TEST(PinotDefinitionsTest, WithNullHandlingAMissingValueIsNull) {
    auto schema = one_field({{"name", "a"}, {"dataType", "INT"}});
    auto table = Json::parse(kTranscriptTable);
    table["tableIndexConfig"]["nullHandlingEnabled"] = true;
    PinotFindings findings;
    EXPECT_THAT(columns(schema, table, findings), ElementsAre(path("a", DataType::integer, "")));
    schema["enableColumnBasedNullHandling"] = true;
    EXPECT_THAT(columns(schema, Json::parse(kTranscriptTable), findings),
                ElementsAre(path("a", DataType::integer, "")));
    schema["primaryKeyColumns"] = {"a"};
    EXPECT_THAT(columns(schema, table, findings),
                ElementsAre(path("a", DataType::integer, "-2147483648", true)));
}

TEST(PinotDefinitionsTest, ANameWithMarksIsOneKey) {
    PinotFindings findings;
    const auto made = columns(one_field({{"name", "a.b[\"c\"]"}, {"dataType", "STRING"}}),
                              Json::parse(kTranscriptTable), findings);
    EXPECT_EQ(made.at(0).path, R"(["a.b[\"c\"]"])");
}

TEST(PinotDefinitionsTest, TransformsAndTimestampsAreTemplates) {
    auto table = Json::parse(kTranscriptTable);
    table["ingestionConfig"]["transformConfigs"] =
        Json::array({{{"columnName", "a"}, {"transformFunction", "toEpochDays(ts)"}}});
    PinotFindings findings;
    const auto made = columns(one_field({{"name", "a"}, {"dataType", "INT"}}), table, findings);
    EXPECT_THAT(findings.errors(), IsEmpty());
    EXPECT_EQ(made.at(0).type, ColumnType::jsonnet);
    EXPECT_EQ(made.at(0).data_type, DataType::integer);
    EXPECT_THAT(made.at(0).template_text, HasSubstr("std.floor(num(c0) / 86400000)"));
    EXPECT_THAT(made.at(0).template_text, HasSubstr("'-2147483648'"));

    const auto time = columns(one_field({{"name", "t"}, {"dataType", "TIMESTAMP"}}),
                              Json::parse(kTranscriptTable), findings);
    EXPECT_EQ(time.at(0).type, ColumnType::jsonnet);
    EXPECT_EQ(time.at(0).data_type, DataType::timestamp);

    table["ingestionConfig"]["transformConfigs"][0]["transformFunction"] = "Groovy({x}, x)";
    columns(one_field({{"name", "a"}, {"dataType", "INT"}}), table, findings);
    EXPECT_THAT(findings.errors(), Contains(HasSubstr("Invalid transform function")));
}

TEST(PinotDefinitionsTest, MetadataOfMessagesHasColumnsWithoutASwitch) {
    struct Case {
        const char* name;
        const char* type;
        ColumnType column;
        DataType data_type;
    };
    for (const auto& [name, type, column, data_type] : {
             Case{"__key", "STRING", ColumnType::kafka_key, DataType::string},
             Case{"__header$trace", "STRING", ColumnType::kafka_header, DataType::string},
             Case{"__metadata$offset", "LONG", ColumnType::kafka_offset, DataType::integer},
             Case{"__metadata$partition", "INT", ColumnType::kafka_partition, DataType::integer},
             Case{"__metadata$recordTimestamp", "TIMESTAMP", ColumnType::kafka_timestamp,
                  DataType::timestamp},
         }) {
        SCOPED_TRACE(name);
        PinotFindings findings;
        const auto made = columns(one_field({{"name", name}, {"dataType", type}}),
                                  Json::parse(kTranscriptTable), findings);
        EXPECT_THAT(findings.errors(), IsEmpty());
        EXPECT_EQ(made.at(0).type, column);
        EXPECT_EQ(made.at(0).data_type, data_type);
    }
    PinotFindings findings;
    columns(one_field({{"name", "__metadata$recordSerializedValueSize"}, {"dataType", "INT"}}),
            Json::parse(kTranscriptTable), findings);
    EXPECT_THAT(findings.errors(), Contains(HasSubstr("is not supported")));
}

TEST(PinotDefinitionsTest, FilesAreImportedAtTheirFreshnessWhateverTheThresholds) {
    const auto interval = [](const PinotStream& stream) {
        const auto settings = sink_settings_of(stream, {.freshness = Milliseconds(500)});
        return std::get<std::int64_t>(settings.at("storage.level.target.import.trigger.interval"));
    };
    EXPECT_EQ(interval({}), 250);
    EXPECT_EQ(interval({.flush_time = Milliseconds(3'600'000)}), 250);
    EXPECT_EQ(interval({.flush_time = Milliseconds(200)}), 200);
    const auto settings = sink_settings_of({.flush_rows = 7, .flush_bytes = 1ULL << 40}, {});
    EXPECT_EQ(settings.at("storage.level.target.import.trigger.count"),
              SettingValue(std::int64_t{7}));
    EXPECT_EQ(settings.at("storage.level.target.import.trigger.size"),
              SettingValue(std::int64_t{500 << 20}));
    EXPECT_EQ(settings.at("mapping.onError"), SettingValue(std::string("keep")));
}

}  // namespace
}  // namespace millrace::pinot
