#include "core/model/table_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

TEST(TableIdTest, SplitsIntoBucketAndTable) {
    const struct {
        const char* text;
        const char* bucket;
        const char* table;
    } cases[] = {{"in.c-shop.orders", "in.c-shop", "orders"},
                 {"out.c-a.b", "out.c-a", "b"},
                 {"in.c--_.-_", "in.c--_", "-_"},
                 {"in.c-A0_z.Z9-y", "in.c-A0_z", "Z9-y"}};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        const auto id = TableId::parse(c.text);
        ASSERT_TRUE(id.ok());
        EXPECT_EQ(id.value().text(), c.text);
        EXPECT_EQ(id.value().bucket(), c.bucket);
        EXPECT_EQ(id.value().table(), c.table);
    }
}

TEST(TableIdTest, RefusesEverythingElse) {
    const std::string longest(96, 'x');
    const std::string cases[] = {"",
                                 "orders",
                                 "in.shop.orders",
                                 "sys.c-shop.orders",
                                 "In.c-shop.orders",
                                 "in.c-.orders",
                                 "in.c-shop.",
                                 "in.c-shop",
                                 "in.c-shop.a.b",
                                 "in.c-shop.or ders",
                                 "in.c-shop.../../x",
                                 "in.c-../x.orders",
                                 "in.c-shop.orders\n",
                                 "in.c-sh\u00f6p.orders",
                                 " in.c-shop.orders",
                                 std::string("in.c-shop.or\0ers", 16),
                                 "in.c-" + longest + "x.orders",
                                 "in.c-shop.x" + longest};
    for (const auto& text : cases) {
        SCOPED_TRACE(text);
        const auto id = TableId::parse(text);
        ASSERT_FALSE(id.ok());
        EXPECT_EQ(id.error().code(), Code::invalid);
    }
    EXPECT_TRUE(TableId::parse("in.c-" + longest + "." + longest).ok());
}

TEST(TableIdTest, ErrorShowsTheTextButNotAllOfALongOne) {
    const auto id = TableId::parse(std::string(10'000, 'x'));
    ASSERT_FALSE(id.ok());
    EXPECT_THAT(id.error().client_text(),
                testing::HasSubstr("xxx\": expected \"in.c-<bucket>.<table>\""));
    EXPECT_LT(id.error().client_text().size(), 500U);
}

}  // namespace
}  // namespace millrace
