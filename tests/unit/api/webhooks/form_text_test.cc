#include "api/webhooks/form_text.h"

#include <gtest/gtest.h>

namespace millrace::webhooks {
namespace {

using Text = std::optional<std::string>;

TEST(FormTextTest, EscapesAreUndone) {
    const struct {
        std::string_view encoded;
        Text wanted;
    } rows[] = {
        {"", ""},        {"a+b", "a b"},  {"%7B%22a%22%3A1%7d", R"({"a":1})"},
        {"%", {}},       {"%2", {}},      {"%zz", {}},
        {"a%2", {}},     {"%41", "A"},    {"%00", std::string(1, '\0')},
        {"%C3%A9", "é"}, {"%ff", "\xff"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(decode_form_text(row.encoded), row.wanted) << row.encoded;
    }
}

TEST(FormTextTest, TheFirstValueOfANameIsFound) {
    const struct {
        std::string_view form;
        Text wanted;
    } rows[] = {
        {"payload=%7B%7D", "{}"},
        {"a=1&payload=2&payload=3", "2"},
        {"pay%6Coad=1", "1"},
        {"payload", ""},
        {"payload=", ""},
        {"Payload=1", {}},
        {"xpayload=1&payload2=2", {}},
        {"&&=&payload=1", "1"},
        {"payload=%", {}},
        {"", {}},
        {"payload=a=b", "a=b"},
    };
    for (const auto& row : rows) EXPECT_EQ(form_value(row.form, "payload"), row.wanted) << row.form;
}

TEST(FormTextTest, AllPairsAreInTheirOrder) {
    const auto pairs = form_pairs("b=2&a=1&&a=%20&c", 4);
    ASSERT_TRUE(pairs);
    const std::vector<std::pair<std::string, std::string>> wanted = {
        {"b", "2"}, {"a", "1"}, {"a", " "}, {"c", ""}};
    EXPECT_EQ(*pairs, wanted);
    EXPECT_FALSE(form_pairs("a=1&b=2", 1));
    EXPECT_FALSE(form_pairs("a=%", 9));
}

}  // namespace
}  // namespace millrace::webhooks
