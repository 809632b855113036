#include "api/http/client_ip.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

TEST(ClientIpTest, OnlyMappedAddressesChange) {
    EXPECT_EQ(client_ip("::ffff:10.0.0.1"), "10.0.0.1");
    EXPECT_EQ(client_ip("10.0.0.1"), "10.0.0.1");
    EXPECT_EQ(client_ip("::1"), "::1");
    EXPECT_EQ(client_ip("::ffff:1"), "::ffff:1");
    EXPECT_EQ(client_ip("2001:db8::ffff:1"), "2001:db8::ffff:1");
}

}  // namespace
}  // namespace millrace::http
