#include "api/cli/yaml_text.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "api/cli/yaml_document.h"

namespace millrace::cli {
namespace {

TEST(YamlTextTest, ATextIsPlainWhereThatMeansTheSame) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"shop", "shop"},
        {"Web shop", "Web shop"},
        {"in.c-shop.orders", "in.c-shop.orders"},
        {"id=order.items[0].id:INTEGER:key", "id=order.items[0].id:INTEGER:key"},
        {"30s", "30s"},
        {"", "\"\""},
        {"true", "\"true\""},
        {"Yes", "\"Yes\""},
        {"12", "\"12\""},
        {"12:30", "\"12:30\""},
        {"2026-01-31", "\"2026-01-31\""},
        {"a: b", "\"a: b\""},
        {"a #b", "\"a #b\""},
        {"-a", "\"-a\""},
        {"@body", "\"@body\""},
        {"say \"a\"", "\"say \\\"a\\\"\""},
        {"h\xc3\xb6he", "\"h\xc3\xb6he\""},
        {"a\x01", "\"a\\u0001\""},
    };
    for (const auto& [text, wanted] : cases) {
        SCOPED_TRACE(text);
        EXPECT_EQ(yaml_scalar(Json(text)), wanted);
    }
}

// Goal    whatever is written is read as the same.
// Method  values of every kind in every place, with texts that YAML takes for something else.
TEST(YamlTextTest, WhatIsWrittenIsReadAsTheSame) {
    const std::vector<std::string> texts = {"",         "a",
                                            " a",       "a ",
                                            "a\n",      "a\nb",
                                            "a\nb\n",   "a\nb\n\n",
                                            "\na",      " a\nb",
                                            "a \nb",    "a\n\nb",
                                            "a\n  b",   "\ta\nb",
                                            "- a",      "...",
                                            "---",      "a:",
                                            "a: b",     "a:b",
                                            "{a}",      "[a]",
                                            "null",     "~",
                                            "1",        "1e5",
                                            "0x1F",     "'",
                                            "\"",       "\\",
                                            "\xc3\xb6", "\xf0\x9f\x98\x80",
                                            "\x7f",     "#",
                                            "a#b",      "a #b",
                                            "!a",       "&a",
                                            "*a",       "?",
                                            "? a",      "|",
                                            ">",        "%a",
                                            "`",        "<<",
                                            "=",        "a,b",
                                            "no",       ".5",
                                            "+1",       "1_000",
                                            "a\r\nb",   "a\xe2\x80\xa8z"};
    for (const auto& text : texts) {
        SCOPED_TRACE(testing::PrintToString(text));
        const Json all = {{"key", text},
                          {text.empty() ? "empty" : text, 1},
                          {"list", {text, Json::array({text}), Json{{"a", text}, {"b", 1.5}}}},
                          {"deep", {{"er", {{"text", text}, {"none", nullptr}, {"yes", true}}}}},
                          {"empty list", Json::array()},
                          {"empty map", Json::object()}};
        YamlText yaml;
        for (const auto& [key, value] : all.items()) yaml.field(key, value);
        const auto read = parse_yaml(yaml.text());
        ASSERT_TRUE(read.ok()) << read.error().client_text() << "\n" << yaml.text();
        EXPECT_EQ(to_json(read.value()), all) << yaml.text();
    }
}

TEST(YamlTextTest, ItemsHaveTheirFieldsBelowEachOther) {
    YamlText yaml;
    yaml.open("sources");
    yaml.begin_item();
    yaml.field("id", "shop");
    yaml.comment("a comment");
    yaml.open("columns");
    yaml.item("id=id");
    yaml.item(Json{{"name", "at"}, {"type", "datetime"}});
    yaml.close();
    yaml.end_item();
    yaml.close();
    EXPECT_EQ(yaml.text(),
              "sources:\n"
              "  - id: shop\n"
              "    # a comment\n"
              "    columns:\n"
              "      - id=id\n"
              "      - name: at\n"
              "        type: datetime\n");
}

TEST(YamlTextTest, ATextOfLinesIsABlock) {
    YamlText yaml;
    yaml.field("template", "local a = 1;\n\na\n");
    yaml.field("end", "a\nb");
    EXPECT_EQ(yaml.text(),
              "template: |\n"
              "  local a = 1;\n"
              "\n"
              "  a\n"
              "end: |-\n"
              "  a\n"
              "  b\n");
}

}  // namespace
}  // namespace millrace::cli
