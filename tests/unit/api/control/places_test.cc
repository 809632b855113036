#include "api/control/places.h"

#include <gtest/gtest.h>

namespace millrace::control {
namespace {

TEST(PlacesTest, NobodyHasAllAndWhoGoesLeavesHisPlace) {
    Places places({.all = 3, .of_one = 2});
    auto a1 = places.take("a");
    const auto a2 = places.take("a");
    EXPECT_NE(a1, nullptr);
    EXPECT_NE(a2, nullptr);
    EXPECT_EQ(places.take("a"), nullptr) << "over its share";
    const auto b1 = places.take("b");
    EXPECT_NE(b1, nullptr);
    EXPECT_EQ(places.take("c"), nullptr) << "all are taken";
    a1.reset();
    EXPECT_NE(places.take("c"), nullptr);
    EXPECT_NE(places.take("a"), nullptr);
}

}  // namespace
}  // namespace millrace::control
