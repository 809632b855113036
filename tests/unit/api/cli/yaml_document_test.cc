#include "api/cli/yaml_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string json_of(const std::string& text) {
    const auto file = parse_yaml(text);
    if (!file.ok()) return file.error().client_text();
    return to_json(file.value()).dump();
}

TEST(YamlDocumentTest, PlainScalarsAreTypedAndQuotedOnesAreTexts) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"a: true\n", R"({"a":true})"},
        {"a: \"true\"\n", R"({"a":"true"})"},
        {"a: 'null'\n", R"({"a":"null"})"},
        {"a: ~\n", R"({"a":null})"},
        {"a:\n", R"({"a":null})"},
        {"a: 12\n", R"({"a":12})"},
        {"a: -1.5e3\n", R"({"a":-1500.0})"},
        {"a: 012x\n", R"({"a":"012x"})"},
        {"a: yes\n", R"({"a":"yes"})"},
        {"a: 30s\n", R"({"a":"30s"})"},
        {"a: |\n  one\n  two\n", R"({"a":"one\ntwo\n"})"},
        {"a: !!str 12\n", R"({"a":"12"})"},
        {"[1, {b: []}]\n", R"([1,{"b":[]}])"},
        {R"({"a": {"b": "c\n"}})"
         "\n",
         R"({"a":{"b":"c\n"}})"},
        {"a: &x 1\nb: *x\n", R"({"a":1,"b":1})"},
        {"", "null"},
        {"# nothing\n", "null"},
    };
    for (const auto& [text, wanted] : cases) {
        SCOPED_TRACE(text);
        EXPECT_EQ(json_of(text), wanted);
    }
}

TEST(YamlDocumentTest, AMistakeHasItsLine) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"a: 1\nb: [1\nc: 2\n", "line "},
        {"a: 1\na: 2\n", "line 2: \"a\" is there twice"},
        {"a:\n  - b\n c: 1\n", "line 3: "},
        {"a: !!binary aGk=\n", "line 1: the tag"},
        {"a: 1\n---\nb: 2\n", "line 3: a second document"},
        {"? [a]\n: 1\n", "line 1: a key must be a text"},
        {"a: *none\n", "line 1: "},
    };
    for (const auto& [text, wanted] : cases) {
        SCOPED_TRACE(text);
        EXPECT_THAT(json_of(text), StartsWith(wanted));
    }
}

TEST(YamlDocumentTest, AFileThatMayHaveBeenCutIsRefused) {
    EXPECT_THAT(json_of("a: 1\nb: 2"), HasSubstr("line 2: the last line has no end"));
    EXPECT_THAT(json_of("---\na: 1\n"), HasSubstr("does not end with ..."));
    EXPECT_EQ(json_of("---\na: 1\n...\n"), R"({"a":1})");
    EXPECT_EQ(json_of("---\na: 1\n...\n\n"), R"({"a":1})");
}

TEST(YamlDocumentTest, QuotesWithoutAnEndAreToldWhereTheyBegin) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"a: 1\nb: \"cut\nc: 3\n", "line 2: the quotes of a text have no end"},
        {"a: 1\nb: 'it''s cut\nc: 3\n", "line 2: the quotes of a text have no end"},
        {"a:\n  - {b: c}\n  - \"cut\n  - {d: e}\n", "line 3: the quotes of a text have no end"},
        {"a: 1\n\"b: 2\nc: 3\n", "line "},
        {"---\na: \"cut\n...\n", "line 3: the quotes of a text have no end"},
    };
    for (const auto& [text, wanted] : cases) {
        SCOPED_TRACE(text);
        EXPECT_THAT(json_of(text), StartsWith(wanted));
    }
    EXPECT_EQ(json_of("a: \"b\n  c\"\n"), R"({"a":"b c"})");
    EXPECT_EQ(json_of("a: 1\n...\n# said behind it\n"), R"({"a":1})");
}

TEST(YamlDocumentTest, WhatIsNoUtf8IsRefused) {
    EXPECT_EQ(json_of("a: 1\nb: caf\xE9\n"),
              "line 2: the byte 0xE9 is no UTF-8; save the file as UTF-8");
    EXPECT_EQ(json_of("a: caf\xC3\xA9\n"), "{\"a\":\"caf\xC3\xA9\"}");
}

TEST(YamlDocumentTest, ValuesKnowTheirLines) {
    const auto file = parse_yaml("# one\nsources:\n  - id: a\n  - id: b\n    sinks: []\n");
    ASSERT_TRUE(file.ok());
    const auto& sources = file.value().fields.front();
    EXPECT_EQ(sources.first.line, 2U);
    ASSERT_EQ(sources.second.items.size(), 2U);
    EXPECT_EQ(sources.second.items[1].line, 4U);
    EXPECT_EQ(sources.second.items[1].fields[1].first.line, 5U);
}

// Each alias stands for ten of the one before: what nine of them stand for fits into no memory.
TEST(YamlDocumentTest, AliasesThatExplodeAreRefused) {
    std::string text = "a0: &a0 x\n";
    for (int i = 1; i < 10; ++i) {
        text += fmt::format("a{0}: &a{0} [", i);
        for (int k = 0; k < 10; ++k) text += fmt::format("{}*a{}", k == 0 ? "" : ", ", i - 1);
        text += "]\n";
    }
    EXPECT_THAT(json_of(text), HasSubstr("values"));
}

TEST(YamlDocumentTest, ManyLevelsAreRefused) {
    EXPECT_THAT(json_of(std::string(100, '[') + std::string(100, ']') + "\n"), HasSubstr("levels"));
    EXPECT_THAT(json_of(std::string(100'000, '[') + "\n"), StartsWith("line "));
    EXPECT_THAT(json_of("a: &a [*a]\n"), StartsWith("line 1: "));
}

}  // namespace
}  // namespace millrace::cli
