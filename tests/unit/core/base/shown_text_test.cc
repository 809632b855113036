#include "core/base/shown_text.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace {
namespace {

TEST(ShownTextTest, ALongTextIsCutBetweenCharacters) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {"", ""},
        {"abc", "abc"},
        {"abcd", "abc…"},
        {"äöü", "äöü"},
        {"äöüx", "äöü…"},
        {std::string(100, '\x80'), std::string(12, '\x80') + "…"},  // continues no character
    };
    for (const auto& [text, shown] : table) EXPECT_EQ(shortened(text, 3), shown);
}

TEST(ShownTextTest, OfALongListTheOthersAreCounted) {
    ShownList list("; ");
    EXPECT_TRUE(list.empty());
    EXPECT_EQ(list.text(), "");
    list.add("a");
    list.add("b");
    EXPECT_EQ(list.text(), "a; b");
    for (std::size_t i = 2; i < ShownList::kItemsMax; ++i) list.add("x");
    EXPECT_TRUE(list.text().ends_with("; x"));
    for (int i = 0; i < 3; ++i) list.add("y");
    EXPECT_TRUE(list.text().ends_with("; x; and 3 more"));
}

}  // namespace
}  // namespace millrace
