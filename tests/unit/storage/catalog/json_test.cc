#include "storage/catalog/json.h"

#include <gtest/gtest.h>

namespace millrace::catalog {
namespace {

TEST(JsonTest, ATextThatEncodeDidNotMakeIsCorrupt) {
    for (const auto* text : {"", "{", "[]", "null", "7", R"({"a":null})", R"({"at":"x","by":{}})",
                             R"([{"type":"x"}])", R"([{"type":"nothing","name":"a"}])",
                             R"([{"type":"body","name":"a","dataType":"TEXT"}])"}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(decode_version(text).error().code(), Code::corrupt);
        EXPECT_EQ(decode_stamp(text).error().code(), Code::corrupt);
        EXPECT_EQ(decode_disabled(text).error().code(), Code::corrupt);
        EXPECT_EQ(decode_mapping(text).error().code(), Code::corrupt);
        EXPECT_FALSE(decode_settings(text).ok());
        if (std::string_view(text) != "[]") {
            EXPECT_EQ(decode_columns(text).error().code(), Code::corrupt);
        }
    }
}

TEST(JsonTest, MappingsComeBackEqual) {
    MappingSnapshot snapshot;
    snapshot.sink = {.source = {ProjectId(1), BranchId(2), SourceId("s")}, .sink = SinkId("k")};
    snapshot.target = TargetName("lake");
    snapshot.table = TableId::parse("out.c-a.b").value();
    snapshot.columns.resize(3);
    snapshot.columns[0].name = "\"quoted\" žluť";
    snapshot.columns[1] = {.type = ColumnType::path,
                           .name = "p",
                           .primary_key = true,
                           .data_type = DataType::timestamp,
                           .path = "a['b\\n']",
                           .default_value = "",
                           .raw_string = true};
    snapshot.columns[2] = {.type = ColumnType::jsonnet,
                           .name = "t",
                           .path = {},
                           .default_value = {},
                           .template_text = "{a: \"b\\n\"}",
                           .raw_string = true};
    const SettingOverrides overrides = {
        {"storage.level.local.encoding.compression.type", std::string("none")},
        {"mapping.onError", std::string("keep")}};
    snapshot.settings = resolve_settings({.source = overrides});
    EXPECT_EQ(decode_mapping(encode(snapshot)).value(), snapshot);
    snapshot.columns[1].default_value.reset();
    EXPECT_EQ(decode_mapping(encode(snapshot)).value(), snapshot);
}

TEST(JsonTest, WhatWasWrittenBeforeTargetsHadNamesMeansTheDefault) {
    const auto without_target = [](std::string text) {
        const std::string_view target = R"(,"target":"default")";
        const auto at = text.find(target);
        EXPECT_NE(at, std::string::npos) << text;
        return text.erase(at, target.size());
    };
    MappingSnapshot snapshot;
    snapshot.table = TableId::parse("out.c-a.b").value();
    snapshot.settings = resolve_settings({});
    EXPECT_EQ(decode_mapping(without_target(encode(snapshot))).value(), snapshot);
    Sink sink;
    sink.table = snapshot.table;
    EXPECT_EQ(decode_sink_definition(without_target(encode_definition(sink))).value().target,
              kDefaultTarget);
}

}  // namespace
}  // namespace millrace::catalog
