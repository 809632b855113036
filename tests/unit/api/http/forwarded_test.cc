#include "api/http/forwarded.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace::http {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;  // name, value

Proxies proxies(ForwardedHeader header) {
    return {.trusted = parse_networks("10.0.0.0/8,::1").value(), .header = header};
}

std::string client_of(const Proxies& proxies, const std::string& peer, const Headers& headers) {
    std::string bytes;
    RequestHead head;
    const auto add = [&](const std::string& text) {
        const Piece piece{.offset = static_cast<std::uint32_t>(bytes.size()),
                          .length = static_cast<std::uint32_t>(text.size())};
        bytes += text;
        return piece;
    };
    for (const auto& [name, value] : headers) {
        const auto name_piece = add(name);
        head.headers.push_back({.name = name_piece, .value = add(value)});
    }
    return forwarded_ip(proxies, {.head = head, .head_bytes = bytes, .peer_ip = peer});
}

TEST(ForwardedTest, OnlyWhatTrustedProxiesHaveWrittenCounts) {
    const struct {
        std::string peer;
        std::string value;
        std::string client;
    } cases[] = {
        {"10.0.0.1", "192.0.2.7", "192.0.2.7"},
        {"192.0.2.9", "192.0.2.7", "192.0.2.9"},           // no proxy: its header is nothing
        {"10.0.0.1", "1.1.1.1, 192.0.2.7", "192.0.2.7"},   // the client wrote 1.1.1.1 itself
        {"10.0.0.1", "192.0.2.7, 10.1.1.1", "192.0.2.7"},  // two proxies
        {"10.0.0.1", "10.2.2.2, 10.1.1.1", "10.2.2.2"},    // all of them inside
        {"10.0.0.1", "192.0.2.7:4711", "192.0.2.7"},
        {"10.0.0.1", "[2001:db8::7]:80", "2001:db8::7"},
        {"10.0.0.1", "2001:db8::7", "2001:db8::7"},
        {"10.0.0.1", "::ffff:192.0.2.7", "192.0.2.7"},
        {"::1", "192.0.2.7", "192.0.2.7"},
        {"10.0.0.1", "1.1.1.1, unknown", "10.0.0.1"},  // a proxy hides who called it
        {"10.0.0.1", "1.1.1.1, nonsense, 10.1.1.1", "10.1.1.1"},
        {"10.0.0.1", "", "10.0.0.1"},
        {"10.0.0.1", ",,", "10.0.0.1"},
        {"10.0.0.1", "[", "10.0.0.1"},
        {"10.0.0.1", "\"", "10.0.0.1"},
        {"10.0.0.1", "\", 192.0.2.7", "192.0.2.7"},  // a client that wants to be nobody
    };
    for (const auto& expected : cases) {
        SCOPED_TRACE(expected.peer + " <- " + expected.value);
        const Headers headers = {{"x-forwarded-for", expected.value}};
        EXPECT_EQ(client_of(proxies(ForwardedHeader::x_forwarded_for), expected.peer, headers),
                  expected.client);
    }
}

TEST(ForwardedTest, TheStandardHeaderNamesItsParts) {
    const struct {
        std::string value;
        std::string client;
    } cases[] = {
        {"for=192.0.2.7", "192.0.2.7"},
        {"For=\"192.0.2.7:80\";proto=https", "192.0.2.7"},
        {"proto=http; for=\"[2001:db8::7]:80\"", "2001:db8::7"},
        {"for=1.1.1.1, for=192.0.2.7;by=10.0.0.1", "192.0.2.7"},
        {"by=\"a,for=1.1.1.1\";for=192.0.2.7", "192.0.2.7"},
        {"for=192.0.2.7;by=\"a\\\"b,c\"", "192.0.2.7"},
        {"for=\"1.1.1.1, for=192.0.2.7", "192.0.2.7"},
        {"for=\"1.1.1.1\\, for=\"192.0.2.7:80\"", "192.0.2.7"},
        {"for=_hidden", "10.0.0.1"},
        {"192.0.2.7", "10.0.0.1"},
    };
    for (const auto& expected : cases) {
        SCOPED_TRACE(expected.value);
        const Headers headers = {{"Forwarded", expected.value}};
        EXPECT_EQ(client_of(proxies(ForwardedHeader::forwarded), "10.0.0.1", headers),
                  expected.client);
    }
}

// A proxy that writes one of the two passes the other on as the client has sent it.
TEST(ForwardedTest, OnlyTheConfiguredHeaderIsRead) {
    const Headers headers = {{"Forwarded", "for=1.1.1.1"},
                             {"X-Forwarded-For", "192.0.2.7"},
                             {"X-Forwarded-For", "10.3.3.3"}};
    EXPECT_EQ(client_of(proxies(ForwardedHeader::x_forwarded_for), "10.0.0.1", headers),
              "192.0.2.7");
    EXPECT_EQ(client_of(proxies(ForwardedHeader::forwarded), "10.0.0.1", headers), "1.1.1.1");
}

}  // namespace
}  // namespace millrace::http
