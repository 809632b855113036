#include "api/http/address_shares.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::http {
namespace {

boost::asio::ip::address ip(const std::string& text) {
    return boost::asio::ip::make_address(text);
}

TEST(AddressSharesTest, AnAddressIsAnIpv4AddressOrTheNetworkOfAnIpv6One) {
    AddressShares shares({.connections = 1});
    const auto four = shares.of(ip("192.0.2.1"));
    EXPECT_EQ(shares.of(ip("::ffff:192.0.2.1")), four);
    EXPECT_NE(shares.of(ip("192.0.2.2")), four);
    const auto six = shares.of(ip("2001:db8:0:1::1"));
    EXPECT_EQ(shares.of(ip("2001:db8:0:1:ffff::2")), six);
    EXPECT_NE(shares.of(ip("2001:db8:0:2::1")), six);
}

TEST(AddressSharesTest, WhatIsTakenOfAShareIsBoundedUntilNobodyHasIt) {
    AddressShares shares({.connections = 2});
    auto share = shares.of(ip("::1"));
    EXPECT_TRUE(share->connections.take(2));
    EXPECT_FALSE(shares.of(ip("::1"))->connections.take(1));
    EXPECT_TRUE(share->memory.take(1ULL << 60U)) << "without a limit";
    EXPECT_TRUE(shares.of(ip("0:0:0:1::1"))->connections.take(1));
    share.reset();
    EXPECT_EQ(shares.of(ip("::1"))->connections.taken(), 0U);
}

TEST(AddressSharesTest, WithoutLimitsAndForProxiesThereIsNoShare) {
    EXPECT_EQ(AddressShares({}).of(ip("::1")), nullptr);
    AddressShares shares({.connections = 0,
                          .memory_bytes = 1,
                          .is_exempt = [](const std::string& text) { return text == "10.0.0.1"; }});
    EXPECT_NE(shares.of(ip("10.0.0.2")), nullptr);
    EXPECT_EQ(shares.of(ip("::ffff:10.0.0.1")), nullptr);
}

}  // namespace
}  // namespace millrace::http
