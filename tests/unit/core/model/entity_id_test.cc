#include "core/model/entity_id.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(EntityIdTest, IsMadeFromANameByTheRulesOfTheApi) {
    const struct {
        const char* name;
        const char* id;
    } cases[] = {
        {"My Source", "my-source"},
        {"!!!!~~~~weird|||id##", "weird-id"},
        {"My Source 1", "my-source-1"},
        {"fooBar", "foo-bar"},
        {"HTTPServer", "httpserver"},
        {"aBCd", "a-bcd"},
        {"Účet č. 5", "ucet-c-5"},
        {"žluťoučký", "zlutoucky"},
        {"ŁÓDŹ", "lodz"},
        {"a×b÷c", "a-b-c"},
        {"日本 x", "x"},
        {"../../etc/passwd", "etc-passwd"},
        {"---", ""},
        {"", ""},
        {"\xC3", ""},
        {"a\xFF\xFE_b", "a-b"},
    };
    for (const auto& test : cases) EXPECT_EQ(normalized_id(test.name), test.id) << test.name;
}

TEST(EntityIdTest, IsCutToItsMaximumWithoutADashAtTheEnd) {
    EXPECT_EQ(id_from_name(std::string(60, 'a')), std::string(48, 'a'));
    EXPECT_EQ(id_from_name(std::string(47, 'a') + " b"), std::string(47, 'a'));
}

TEST(EntityIdTest, KnowsWhatCannotBeAnId) {
    EXPECT_TRUE(is_entity_id("my-source-1"));
    for (const auto* text : {"", "..", "a/b", "A", "a b", "á"}) EXPECT_FALSE(is_entity_id(text));
    EXPECT_FALSE(is_entity_id(std::string(49, 'a')));
    EXPECT_FALSE(is_entity_id(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace millrace
