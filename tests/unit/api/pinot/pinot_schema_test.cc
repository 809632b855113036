#include "api/pinot/pinot_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/api/pinot/pinot_documents.h"

namespace millrace::pinot {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

PinotSchema read(const std::string& text, PinotFindings& findings) {
    return read_pinot_schema(parse_pinot_document(text).value(), findings);
}

std::string with_field(const std::string& field, const std::string& kind = "dimension") {
    return R"({"schemaName": "s", ")" + kind + R"(FieldSpecs": [)" + field + "]}";
}

TEST(PinotSchemaTest, ReadsTheGuidesSchemaWithoutAWord) {
    PinotFindings findings;
    const auto schema = read(kTranscriptSchema, findings);
    EXPECT_THAT(findings.errors(), IsEmpty());
    EXPECT_THAT(findings.warnings(), IsEmpty());
    EXPECT_TRUE(findings.unrecognized_properties().empty());
    EXPECT_EQ(schema.name, "transcript");
    std::vector<std::string> names;
    for (const auto& field : schema.fields) names.push_back(field.name);
    EXPECT_THAT(names, ElementsAre("studentID", "firstName", "lastName", "gender", "subject",
                                   "score", "timestamp"));
    EXPECT_EQ(schema.find("score")->type, PinotType::float32);
    EXPECT_EQ(schema.find("timestamp")->kind, FieldKind::date_time);
}

TEST(PinotSchemaTest, SaysWhatIsWrongInPinotsWords) {
    struct Case {
        std::string schema;
        std::string error;
    };
    for (const auto& [schema, error] : std::vector<Case>{
             {R"({})", "'schemaName' should not be null or empty"},
             {R"({"schemaName": "a__b"})", "'schemaName' cannot contain double underscore ('__')"},
             {with_field(R"({"name": "a", "dataType": "INT"}, {"name": "A", "dataType": "INT"})"),
              "Field spec already exists for column: A"},
             {with_field(R"({"name": "a b", "dataType": "INT"})"),
              "The column name \"a b\" should not contain blank space."},
             {with_field(R"({"name": "$docId", "dataType": "INT"})"),
              "is reserved for a built-in virtual column."},
             {with_field(R"({"name": "_millrace_x", "dataType": "INT"})"), "cannot be used"},
             {with_field(R"({"name": "a", "dataType": "TEXT"})"),
              "Unsupported data type: TEXT in DIMENSION field: a"},
             {with_field(R"({"name": "a", "dataType": "MAP"})"),
              "Unsupported data type: MAP in DIMENSION field: a"},
             {with_field(R"({"name": "a", "dataType": "STRING"})", "metric"),
              "Unsupported data type: STRING in METRIC field: a"},
             {with_field(R"({"name": "a", "dataType": "INT", "defaultNullValue": "x"})"),
              "Cannot convert value: 'x' to type: INT"},
             {with_field(R"({"name": "a", "dataType": "INT", "defaultNullValue": 3000000000})"),
              "Cannot convert value: '3000000000' to type: INT"},
             {with_field(R"({"name": "a", "dataType": "FLOAT", "defaultNullValue": "NaN"})"),
              "NaN as null default value is not managed yet for a"},
             {with_field(R"({"name": "a", "dataType": "JSON", "singleValueField": false})"),
              "JSON columns cannot be of multi-value type"},
             {R"({"schemaName": "s", "dateTimeFieldSpecs": [{"name": "t", "dataType": "LONG",
                 "singleValueField": false, "format": "EPOCH", "granularity": "1:DAYS"}]})",
              "Unsupported multi-value for date time field."},
             {R"({"schemaName": "s", "dateTimeFieldSpecs": [{"name": "t", "dataType": "LONG",
                 "format": "1:FORTNIGHTS:EPOCH", "granularity": "1:DAYS"}]})",
              "Invalid format: 1:FORTNIGHTS:EPOCH"},
             {R"({"schemaName": "s", "dateTimeFieldSpecs": [{"name": "t", "dataType": "LONG",
                 "format": "EPOCH", "granularity": "DAYS:1"}]})",
              "Invalid granularity: DAYS:1"},
             {R"({"schemaName": "s", "primaryKeyColumns": ["a"]})",
              "The primary key column must exist"},
             {R"({"schemaName": "s", "timeFieldSpec": {"incomingGranularitySpec": {}}})",
              "issues/2756"},
             {R"({"schemaName": "s", "dimensionFieldSpecs": {}})",
              "'/dimensionFieldSpecs' must be an array"},
             {with_field("1"), "'/dimensionFieldSpecs/0' must be an object"},
             {with_field(R"({"dataType": "INT"})"), "must not be empty"},
         }) {
        SCOPED_TRACE(schema);
        PinotFindings findings;
        read(schema, findings);
        ASSERT_FALSE(findings.is_fine());
        EXPECT_THAT(findings.result().error().client_text(), HasSubstr(error));
    }
}

TEST(PinotSchemaTest, UnknownKeysAreNoMistakeAndAreTold) {
    PinotFindings findings;
    read(R"({"schemaName": "s", "colour": 1,
             "dimensionFieldSpecs": [{"name": "a", "dataType": "INT", "x/y": [2]}]})",
         findings);
    EXPECT_TRUE(findings.is_fine());
    EXPECT_EQ(findings.unrecognized_properties().dump(),
              R"({"/dimensionFieldSpecs/0/x~1y":[2],"/colour":1})");
}

TEST(PinotSchemaTest, DefaultsAreWhatIsStored) {
    struct Case {
        std::string type;
        std::string value;
        std::string stored;
    };
    for (const auto& [type, value, stored] : std::vector<Case>{
             {"INT", "-1", "-1"},
             {"INT", R"("7")", "7"},
             {"LONG", "9223372036854775807", "9223372036854775807"},
             {"DOUBLE", "1.5", "1.5"},
             {"BIG_DECIMAL", R"("19.90")", "19.90"},
             {"BOOLEAN", "true", "true"},
             {"BOOLEAN", "1", "true"},
             {"TIMESTAMP", "0", "1970-01-01T00:00:00.000Z"},
             {"TIMESTAMP", R"("2026-01-02 03:04:05")", "2026-01-02 03:04:05"},
             {"STRING", R"("n/a")", "n/a"},
             {"STRING", "5", "5"},
             {"BYTES", R"("0aFF")", "0aFF"},
             {"JSON", R"("{\"a\":1}")", R"({"a":1})"},
         }) {
        SCOPED_TRACE(type + " " + value);
        PinotFindings findings;
        const auto schema = read(with_field(R"({"name": "a", "dataType": ")" + type +
                                            R"(", "defaultNullValue": )" + value + "}"),
                                 findings);
        ASSERT_TRUE(findings.is_fine()) << findings.result().error().client_text();
        EXPECT_EQ(schema.fields.at(0).default_value, stored);
    }
}

TEST(PinotSchemaTest, WhatMayChangeIsWhatPinotLetsChange) {
    const auto schema = [](const std::string& fields, const std::string& more = "") {
        PinotFindings findings;
        return read(R"({"schemaName": "s", "dimensionFieldSpecs": [)" + fields + "]" + more + "}",
                    findings);
    };
    const std::string a = R"({"name": "a", "dataType": "INT"})";
    const std::string b = R"({"name": "b", "dataType": "STRING", "maxLength": 9})";
    EXPECT_TRUE(check_compatible(schema(a), schema(a + "," + b)).ok());
    EXPECT_TRUE(check_compatible(schema(a + "," + b), schema(b + "," + a)).ok());
    EXPECT_FALSE(check_compatible(schema(a + "," + b), schema(a)).ok());
    EXPECT_FALSE(check_compatible(schema(a), schema(R"({"name": "a", "dataType": "LONG"})")).ok());
    EXPECT_FALSE(check_compatible(schema(a), schema(R"({"name": "a", "dataType": "INT",
                                                        "singleValueField": false})"))
                     .ok());
    EXPECT_FALSE(check_compatible(schema(a), schema(a, R"(, "primaryKeyColumns": ["a"])")).ok());
}

}  // namespace
}  // namespace millrace::pinot
