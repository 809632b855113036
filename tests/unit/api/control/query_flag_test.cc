#include "api/control/query_flag.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::control {
namespace {

using testing::HasSubstr;

Request with(std::map<std::string, std::string, std::less<>> query) {
    Request request;
    request.query = std::move(query);
    return request;
}

TEST(QueryFlagTest, IsTrueOrFalse) {
    EXPECT_FALSE(parse_flag(with({}), "force").value());
    EXPECT_FALSE(parse_flag(with({{"force", "false"}}), "force").value());
    EXPECT_TRUE(parse_flag(with({{"force", "true"}, {"other", "1"}}), "force").value());
    EXPECT_FALSE(parse_flag(with({{"force", "1"}}), "force").ok());
}

TEST(QueryFlagTest, AMisspeltOneIsNotAnAbsentOne) {
    EXPECT_TRUE(
        parse_only_flag(with({{"onlyMissing", "true"}, {"wait", "1s"}}), "onlyMissing").value());
    EXPECT_FALSE(parse_only_flag(with({}), "onlyMissing").value());
    const auto wrong = parse_only_flag(with({{"onlymissing", "true"}}), "onlyMissing");
    ASSERT_FALSE(wrong.ok());
    EXPECT_EQ(wrong.error().code(), Code::invalid);
    EXPECT_THAT(wrong.error().client_text(), HasSubstr("there is \"onlyMissing\""));
}

}  // namespace
}  // namespace millrace::control
