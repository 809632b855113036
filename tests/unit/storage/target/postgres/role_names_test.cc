#include "storage/target/postgres/role_names.h"

#include <gtest/gtest.h>

#include <set>

#include "storage/target/postgres/names.h"

namespace millrace::postgres {
namespace {

TEST(RoleNamesTest, NamesSayInstallationTargetAndSink) {
    const RoleNames names("1a2b3c4d", TargetName("warehouse"));
    EXPECT_EQ(names.of_sink(SinkNumber(17)), names.of_sinks() + "17");
    EXPECT_EQ(names.of_schema("in.c-shop"), names.of_schemas() + "in.c-shop");
    EXPECT_TRUE(names.of_sinks().starts_with("millrace_1a2b3c4d_"));
}

TEST(RoleNamesTest, NoTwoAreTheSame) {
    const RoleNames names("1a2b3c4d", TargetName("warehouse"));
    const RoleNames restored("99999999", TargetName("warehouse"));
    const RoleNames other("1a2b3c4d", TargetName("lake"));
    const std::string longer = "in.c-" + std::string(90, 'x');
    const std::set<std::string> all = {names.of_sink(SinkNumber(1)),
                                       names.of_sink(SinkNumber(11)),
                                       restored.of_sink(SinkNumber(1)),
                                       other.of_sink(SinkNumber(1)),
                                       names.of_schema("1"),
                                       names.of_schema(longer),
                                       names.of_schema(longer + "y"),
                                       restored.of_schema(longer)};
    EXPECT_EQ(all.size(), 8U);
    EXPECT_FALSE(names.of_schema("1").starts_with(names.of_sinks()));
}

// Goal    PostgreSQL would cut a longer one without a word.
TEST(RoleNamesTest, NamesAreShortEnoughForPostgres) {
    const RoleNames names("1a2b3c4d", TargetName(std::string(32, 't')));
    EXPECT_LE(names.of_sink(SinkNumber(~std::uint64_t{0})).size(), kNameBytesMax);
    for (std::size_t length = 1; length <= kNameBytesMax; ++length) {
        EXPECT_LE(names.of_schema(std::string(length, 's')).size(), kNameBytesMax) << length;
    }
}

}  // namespace
}  // namespace millrace::postgres
