#include "templates/template_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::templates {
namespace {

using testing::UnorderedElementsAre;

TEST(TemplateSetTest, NumbersAreThePlacesInItsTexts) {
    TemplateSet set(10);
    EXPECT_TRUE(set.use({"a", "b", "a"}));
    EXPECT_TRUE(set.use({"b", "c"}));
    EXPECT_FALSE(set.use({"c", "a"}));
    EXPECT_FALSE(set.use({}));
    ASSERT_EQ(set.texts().size(), 3u);
    for (const auto* text : {"a", "b", "c"}) {
        EXPECT_EQ(set.texts()[set.number_of(text)], text);
    }
}

TEST(TemplateSetTest, BeyondItsLimitThoseThatWereNotUsedForLongestAreForgotten) {
    TemplateSet set(4);
    for (const auto* text : {"a", "b", "c", "d", "a"}) set.use({text});
    EXPECT_TRUE(set.use({"e"}));
    EXPECT_THAT(set.texts(), UnorderedElementsAre("a", "c", "d", "e"));
    for (const auto* text : {"a", "c", "d", "e"}) EXPECT_EQ(set.texts()[set.number_of(text)], text);
}

TEST(TemplateSetTest, WhatIsUsedNowIsKeptHoweverMuchItIs) {
    TemplateSet set(2);
    set.use({"a"});
    EXPECT_TRUE(set.use({"b", "c", "d"}));
    EXPECT_THAT(set.texts(), UnorderedElementsAre("b", "c", "d"));
    EXPECT_FALSE(set.use({"d", "c"}));
}

// Goal    with some more templates in use than a worker may have, it seldom begins anew.
// Method  sources of one template each, some of them used far more often than the others.
TEST(TemplateSetTest, TemplatesThatAreUsedOftenStay) {
    TemplateSet set(500);
    int changes = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto source = i % 10 == 0 ? i / 10 % 1000 : 1000 + i % 100;
        changes += set.use({std::to_string(source)}) ? 1 : 0;
    }
    EXPECT_LE(changes, 1000 + 100);
}

}  // namespace
}  // namespace millrace::templates
