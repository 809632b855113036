#include "core/bulk/avro_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::bulk {
namespace {

using testing::HasSubstr;

AvroKind kind_of(std::string_view schema) {
    const auto tree = parse_avro_tree(schema);
    EXPECT_TRUE(tree.ok()) << schema;
    return tree.ok() ? tree.value().nodes[tree.value().root].kind : AvroKind::null;
}

TEST(AvroTreeTest, TypesAreKnownByTheirNamesAndLogicalTypes) {
    const std::pair<const char*, AvroKind> cases[] = {
        {"\"long\"", AvroKind::int64},
        {"string", AvroKind::string},
        {R"({"type":"null"})", AvroKind::null},
        {R"({"type":{"type":"int","logicalType":"date"}})", AvroKind::date},
        {R"({"type":"int","logicalType":"time-millis"})", AvroKind::time_millis},
        {R"({"type":"long","logicalType":"timestamp-micros"})", AvroKind::timestamp_micros},
        {R"({"type":"long","logicalType":"local-timestamp-millis"})", AvroKind::timestamp_millis},
        {R"({"type":"string","logicalType":"uuid"})", AvroKind::string},
        {R"({"type":"int","logicalType":"timestamp-millis"})", AvroKind::int32},
        {R"({"type":"long","logicalType":"no.such"})", AvroKind::int64},
        {R"({"type":"bytes","logicalType":"decimal","precision":9,"scale":2})", AvroKind::decimal},
        {R"({"type":"bytes","logicalType":"decimal","precision":9})", AvroKind::decimal},
        {R"({"type":"bytes","logicalType":"decimal","precision":1,"scale":2})", AvroKind::bytes},
        {R"({"type":"bytes","logicalType":"decimal","scale":2})", AvroKind::bytes},
        {R"({"type":"fixed","name":"f","size":4,"logicalType":"decimal","precision":9})",
         AvroKind::fixed_decimal},
        {R"({"type":"fixed","name":"f","size":0})", AvroKind::fixed},
        {R"(["null","string"])", AvroKind::one_of},
        {R"({"type":"map","values":"int"})", AvroKind::map},
        {R"({"type":"array","items":["null","int"]})", AvroKind::array},
        {R"({"type":"error","name":"e","fields":[]})", AvroKind::record},
    };
    for (const auto& [schema, kind] : cases) EXPECT_EQ(kind_of(schema), kind) << schema;
}

TEST(AvroTreeTest, NamedTypesAreFoundInTheirNamespaceAndMayContainThemselves) {
    const auto tree = parse_avro_tree(R"({"type":"record","name":"node","namespace":"a.b","fields":[
        {"name":"color","type":{"type":"enum","name":"color","symbols":["red","blue"]}},
        {"name":"again","type":"color"}, {"name":"full","type":"a.b.color"},
        {"name":"next","type":["null","node"]}]})");
    ASSERT_TRUE(tree.ok());
    const auto& nodes = tree.value().nodes;
    const auto& root = nodes[tree.value().root];
    ASSERT_EQ(root.fields.size(), 4U);
    EXPECT_EQ(root.fields[1].node, root.fields[0].node);
    EXPECT_EQ(root.fields[2].node, root.fields[0].node);
    EXPECT_EQ(nodes[root.fields[3].node].items[1], tree.value().root);
}

TEST(AvroTreeTest, TypesOfReferencesAreKnown) {
    const std::string references[] = {
        R"({"type":"enum","name":"color","namespace":"a","symbols":["red"]})",
        R"({"type":"record","name":"a.car","fields":[{"name":"color","type":"color"}]})"};
    const auto tree = parse_avro_tree("{\"type\":\"array\",\"items\":\"a.car\"}", references);
    ASSERT_TRUE(tree.ok());
    const auto& root = tree.value().nodes[tree.value().root];
    EXPECT_EQ(tree.value().nodes[root.items[0]].fields[0].name, "color");
}

TEST(AvroTreeTest, WhatIsNoSchemaIsRefused) {
    const std::pair<std::string, const char*> cases[] = {
        {"", "no JSON"},
        {"{", "no JSON"},
        {"7", "none: 7"},
        {"{}", "none"},
        {R"("no.such")", "no type \"no.such\""},
        {R"({"type":"record","name":"r"})", "none"},
        {R"({"type":"record","fields":[]})", "none"},
        {R"({"type":"record","name":"r","fields":[{"name":"a"}]})", "no type"},
        {R"({"type":"record","name":"r","fields":[7]})", "no name"},
        {R"({"type":"record","name":"r","fields":[{"name":"a","type":"int"},
            {"name":"a","type":"int"}]})",
         "\"a\" twice"},
        {R"([{"type":"fixed","name":"f","size":1},{"type":"fixed","name":"f","size":1}])", "twice"},
        {R"({"type":"fixed","name":"f","size":-1})", "none"},
        {R"({"type":"fixed","name":"f","size":99999999999})", "none"},
        {R"({"type":"enum","name":"e","symbols":[1]})", "none"},
        {"[]", "union without"},
        {R"([["null"]])", "union in a union"},
        {R"({"type":"array"})", "none"},
        {std::string(100'000, '['), "no JSON"},
    };
    for (const auto& [schema, problem] : cases) {
        const auto tree = parse_avro_tree(schema);
        ASSERT_FALSE(tree.ok()) << schema;
        EXPECT_EQ(tree.error().code(), Code::invalid);
        EXPECT_THAT(tree.error().client_text(), HasSubstr(problem)) << schema;
    }
    std::string deep = "\"int\"";
    for (int i = 0; i < 1'000; ++i) deep = R"({"type":"array","items":)" + deep + "}";
    EXPECT_THAT(parse_avro_tree(deep).error().client_text(), HasSubstr("too deep"));
}

}  // namespace
}  // namespace millrace::bulk
