#include "core/base/network.h"

#include <gmock/gmock.h>

#include <string>

namespace millrace {
namespace {

using testing::HasSubstr;

bool contains(const std::string& networks, const std::string& ip) {
    const auto parsed = parse_networks(networks);
    EXPECT_TRUE(parsed.ok()) << networks;
    return parsed.ok() && parsed.value().front().contains(*parse_ip(ip));
}

TEST(NetworkTest, ContainsTheAddressesOfItsPrefix) {
    EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
    EXPECT_TRUE(contains("192.168.4.0/22", "192.168.7.255"));
    EXPECT_FALSE(contains("192.168.4.0/22", "192.168.8.0"));
    EXPECT_TRUE(contains("0.0.0.0/0", "8.8.8.8"));
    EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
    EXPECT_TRUE(contains("::/0", "2001:db8::1"));
    EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
    EXPECT_TRUE(contains("127.0.0.1", "::ffff:127.0.0.1")) << "as it comes through an IPv6 socket";
    EXPECT_FALSE(contains("127.0.0.1", "127.0.0.2"));
}

TEST(NetworkTest, AListIsPrintedAsItIsRead) {
    const auto networks = parse_networks("10.0.0.0/8, ::1 ,fd00::/8,127.0.0.1");
    ASSERT_TRUE(networks.ok());
    EXPECT_EQ(networks.value().size(), 4);
    EXPECT_EQ(format_networks(networks.value()), "10.0.0.0/8,::1,fd00::/8,127.0.0.1");
}

TEST(NetworkTest, OtherTextsAreRefusedWithTheRemedy) {
    for (const auto* text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "10.0.0",
                             "proxy", "10.0.0.0/8,", "10.0.0.0/8x"}) {
        SCOPED_TRACE(text);
        const auto networks = parse_networks(text);
        ASSERT_FALSE(networks.ok());
        EXPECT_EQ(networks.error().code(), Code::invalid);
        EXPECT_THAT(networks.error().client_text(), HasSubstr("write for example 10.0.0.0/8,::1"));
    }
    const auto inexact = parse_networks("10.0.0.1/8");
    ASSERT_FALSE(inexact.ok());
    EXPECT_EQ(inexact.error().client_text(), "\"10.0.0.1/8\" has bits behind its prefix of 8");
}

}  // namespace
}  // namespace millrace
