#include "core/bulk/json_end.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace::bulk {
namespace {

// What is behind a value, in all of the texts: `rest`.
TEST(JsonEndTest, AValueEndsWhereItsBracketsDo) {
    const std::string rest = ",{\"next\":1}";
    for (const std::string value :
         {"{}", "[]", "{\"a\":{\"b\":[1,\"]}\"]}}", "\"a\\\"}\\\\\"", "12.5e3", "true",
          "{\"a\":\"0123456789abcdef0123456789\\\"}\"}", "[\"\\\\\",\"}\"]"}) {
        const auto text = value + rest;
        EXPECT_EQ(JsonEnd().find(text, true), value.size()) << value;
        EXPECT_EQ(JsonEnd().find(value, true), value.size()) << value;
        // Byte by byte.
        JsonEnd end;
        std::optional<std::size_t> found;
        for (std::size_t bytes = 1; !found && bytes <= text.size(); ++bytes) {
            found = end.find(std::string_view(text).substr(0, bytes), false);
        }
        EXPECT_EQ(found, value.size()) << value;
    }
}

TEST(JsonEndTest, AValueThatIsNotClosedHasNoEnd) {
    for (const auto* text : {"{", "[1,{}", "\"a", "{\"a\":\"}", "\"a\\"}) {
        EXPECT_EQ(JsonEnd().find(text, true), std::nullopt) << text;
    }
    EXPECT_EQ(JsonEnd().find("12", false), std::nullopt);
}

TEST(JsonEndTest, AClosingBracketAloneIsAValueOfItsOwn) {
    EXPECT_EQ(JsonEnd().find("}{", true), 1U);
}

}  // namespace
}  // namespace millrace::bulk
