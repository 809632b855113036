#include "api/control/request_header.h"

#include <gtest/gtest.h>

namespace millrace::control {
namespace {

TEST(RequestHeaderTest, IsFoundInAnyCaseAndJoinedFromItsLines) {
    Request request;
    request.headers = {
        {"accept-encoding", "br"}, {"X-One", "1"}, {"Accept-Encoding", "gzip"}, {"x-empty", ""}};
    EXPECT_EQ(header_of(request, "Accept-Encoding"), "br, gzip");
    EXPECT_EQ(header_of(request, "x-one"), "1");
    EXPECT_EQ(header_of(request, "X-Empty"), "");
    EXPECT_EQ(header_of(request, "X-On"), std::nullopt);
    EXPECT_EQ(header_of(request, "X-One-"), std::nullopt);
}

}  // namespace
}  // namespace millrace::control
