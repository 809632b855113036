#include "api/http/proxy_head.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {
namespace {

using State = ProxyHead::State;

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string binary(unsigned version_and_command, unsigned family, std::string_view addresses) {
    auto head = kSignature;
    head += static_cast<char>(version_and_command);
    head += static_cast<char>(family);
    head += static_cast<char>(addresses.size() >> 8);
    head += static_cast<char>(addresses.size() & 0xff);
    return head.append(addresses);
}

const std::string kFour("\xc0\x00\x02\x07\xc6\x33\x64\x01\xdc\x04\x01\xbb", 12);

std::string six() {
    std::string addresses("\x20\x01\x0d\xb8", 4);
    addresses.resize(15, '\0');
    addresses += '\x07';
    addresses.resize(32, '\x01');
    return addresses += std::string("\xdc\x04\x01\xbb", 4);
}

std::string client_of(const ProxyHead& head) {
    return head.client() ? head.client()->to_string() : "the peer";
}

// Goal    a whole head is read in whatever pieces it comes, and nothing of what is behind it.
TEST(ProxyHeadTest, WhoTheClientIsIsReadFromEachForm) {
    struct Case {
        std::string head;
        std::string client;
    };
    const Case cases[] = {
        {"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n", "192.0.2.7"},
        {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255"},
        {"PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n", "2001:db8::7"},
        {"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"PROXY UNKNOWN\r\n", "the peer"},
        {"PROXY UNKNOWN anything at all 1 2\r\n", "the peer"},
        {binary(0x21, 0x11, kFour), "192.0.2.7"},
        {binary(0x21, 0x21, six()), "2001:db8::7"},
        {binary(0x21, 0x11, kFour + std::string("\x04\x00\x03tlv", 6)), "192.0.2.7"},
        {binary(0x21, 0x11, kFour + std::string(65'000, 'x')), "192.0.2.7"},
        {binary(0x20, 0x00, ""), "the peer"},
        {binary(0x20, 0x11, kFour), "the peer"},
        {binary(0x21, 0x00, ""), "the peer"},
        {binary(0x21, 0x31, std::string(216, 's')), "the peer"},
    };
    for (const auto& [text, client] : cases) {
        SCOPED_TRACE(client + " " + std::to_string(text.size()));
        for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, text.size() + 5}) {
            ProxyHead head;
            EXPECT_FALSE(head.is_begun());
            const auto all = text + "POST / HTTP/1.1\r\n";
            std::size_t taken = 0;
            while (head.state() == State::open && taken < all.size()) {
                taken += head.take(std::string_view(all).substr(taken, piece));
            }
            EXPECT_EQ(head.state(), State::whole) << head.cause();
            EXPECT_EQ(taken, text.size());
            EXPECT_EQ(client_of(head), client);
        }
        ProxyHead torn;
        torn.take(std::string_view(text).substr(0, text.size() - 1));
        EXPECT_EQ(torn.state(), State::open);
        EXPECT_TRUE(torn.is_begun());
    }
}

TEST(ProxyHeadTest, WhatIsNoHeadIsToldFromOneThatIsBroken) {
    struct Case {
        std::string text;
        State state;
    };
    const Case cases[] = {
        {"POST / HTTP/1.1\r\n", State::absent},
        {"PRI * HTTP/2.0\r\n\r\n", State::absent},
        {"PROXZ", State::absent},
        {"proxy TCP4 192.0.2.7 192.0.2.8 1 2\r\n", State::absent},
        {" PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n", State::absent},
        {"\x16\x03\x01", State::absent},
        {"\r\n\r\nGET / HTTP/1.1\r\n", State::absent},
        {std::string("\0", 1), State::absent},
        {"PROXY \r\n", State::broken},
        {"PROXY TCP5 192.0.2.7 192.0.2.8 1 2\r\n", State::broken},
        {"PROXY TCP4\r\n", State::broken},
        {"PROXY TCP4 192.0.2.7\r\n", State::broken},
        {"PROXY TCP4 192.0.2.7 192.0.2.8\r\n", State::broken},
        {"PROXY TCP4 192.0.2.7 192.0.2.8 1\r\n", State::broken},
        {"PROXY TCP4 192.0.2.7 192.0.2.8 1 2 3\r\n", State::broken},
        {"PROXY TCP4  192.0.2.7 192.0.2.8 1 2\r\n", State::broken},
        {"PROXY TCP4 192.0.2.7 192.0.2.8 1 65536\r\n", State::broken},
        {"PROXY TCP4 192.0.2.7 192.0.2.8 01 2\r\n", State::broken},
        {"PROXY TCP4 192.0.2.7 192.0.2.8 -1 2\r\n", State::broken},
        {"PROXY TCP4 192.0.2 192.0.2.8 1 2\r\n", State::broken},
        {"PROXY TCP4 2001:db8::7 2001:db8::8 1 2\r\n", State::broken},
        {"PROXY TCP6 192.0.2.7 192.0.2.8 1 2\r\n", State::broken},
        {"PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n", State::broken},
        {std::string("PROXY TCP4 192.0.2.7\0x 192.0.2.8 1 2\r\n", 38), State::broken},
        {"PROXY TCP4 localhost 192.0.2.8 1 2\r\n", State::broken},
        {"PROXY TCP4 192.0.2.7 192.0.2.8 1 2\n" + std::string(100, 'x'), State::broken},
        {"PROXY " + std::string(101, 'x'), State::broken},
        {binary(0x11, 0x11, kFour), State::broken},
        {binary(0x22, 0x11, kFour), State::broken},
        {binary(0x21, 0x12, kFour), State::broken},
        {binary(0x21, 0x41, kFour), State::broken},
        {binary(0x21, 0x11, kFour.substr(1)), State::broken},
        {binary(0x21, 0x21, kFour), State::broken},
        {binary(0x21, 0x11, ""), State::broken},
    };
    for (const auto& [text, state] : cases) {
        SCOPED_TRACE(testing::PrintToString(text));
        ProxyHead head;
        head.take(text);
        EXPECT_EQ(head.state(), state);
        EXPECT_EQ(head.cause().empty(), state != State::broken);
        EXPECT_EQ(head.client(), std::nullopt);
    }
}

}  // namespace
}  // namespace millrace::http
