#include "api/control/query_flag.h"

#include <gtest/gtest.h>

namespace millrace::control {
namespace {

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

}  // namespace
}  // namespace millrace::control
