// Goal    behind a proxy that speaks the PROXY protocol the client is who the proxy says, and a
//         connection that should begin so and does not costs nobody anything.
// Method  a real server on a loopback port that trusts the loopback network, or not.

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/api/ingest/server_fixture.h"

namespace millrace::ingest {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<TestSink> kIps = {{.id = "ips", .columns = {ip_column()}}};
constexpr std::string_view kLine = "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n";
const std::string kBinary(
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x08\xc6\x33\x64\x01\xdc\x04\x01\xbb", 28);
const std::string kLocal("\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00", 16);

class ServerProxiedTest : public ServerFixture {
protected:
    ServerProxiedTest() {
        has_proxy_heads_ = true;
        proxies_.trusted = parse_networks("127.0.0.0/8").value();
    }
    std::uint64_t refused() const { return server_->counters().refused_proxy_heads; }
};

TEST_F(ServerProxiedTest, TheClientIsWhoTheProxySays) {
    start(kIps);
    for (const auto& head : {std::string(kLine), kBinary, kLocal}) {
        RawClient client(port_);
        client.send(head + post(kPath, "x"));
        EXPECT_EQ(client.read_answer().status, 200);
        EXPECT_EQ(client.ask(post(kPath, "x")).status, 200) << "the head is said once";
    }
    RawClient slow(port_);
    slow.send_byte_by_byte(kBinary + post(kPath, "x"));
    EXPECT_EQ(slow.read_answer().status, 200);
    EXPECT_EQ(journal_.csv(),
              "\"192.0.2.7\"\n\"192.0.2.7\"\n\"192.0.2.8\"\n\"192.0.2.8\"\n\"127.0.0.1\"\n"
              "\"127.0.0.1\"\n\"192.0.2.8\"\n");
    EXPECT_EQ(refused(), 0U);
}

// A proxy of HTTP may stand between: what it writes counts as far as it is trusted itself.
TEST_F(ServerProxiedTest, AHeaderCountsWhereTheClientOfTheHeadIsTrusted) {
    start(kIps);
    const auto request = post(kPath, "x", "X-Forwarded-For: 203.0.113.5\r\n");
    RawClient outside(port_);
    outside.send(std::string(kLine) + request);
    EXPECT_EQ(outside.read_answer().status, 200);
    RawClient inside(port_);
    inside.send("PROXY TCP4 127.0.0.9 127.0.0.1 1 2\r\n" + request);
    EXPECT_EQ(inside.read_answer().status, 200);
    EXPECT_EQ(journal_.csv(), "\"192.0.2.7\"\n\"203.0.113.5\"\n");
}

TEST_F(ServerProxiedTest, WithoutAHeadOrWithABrokenOneNothingIsServed) {
    start(kIps);
    {
        RawClient plain(port_);
        const auto answer = plain.ask(post(kPath, "x"));
        EXPECT_EQ(answer.status, 400);
        EXPECT_THAT(answer.body, HasSubstr("ingest.proxy-protocol"));
        EXPECT_TRUE(plain.is_closed_by_server());
    }
    EXPECT_EQ(refused(), 1U);
    for (const std::string_view wrong :
         {"PROXY TCP4 x y 1 2\r\n", "\x16\x03\x01\x02", "PROXY TCP6 192.0.2.7 192.0.2.8 1 2\r\n"}) {
        RawClient client(port_);
        client.send(std::string(wrong) + post(kPath, "x"));
        EXPECT_EQ(client.read_answer().status, 0) << wrong;
    }
    EXPECT_EQ(refused(), 4U);
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{20}}) {
        RawClient torn(port_);
        torn.send(kLine.substr(0, bytes));
        torn.finish_sending();
        EXPECT_TRUE(torn.is_closed_by_server()) << bytes;
    }
    EXPECT_EQ(refused(), 6U) << "who only connects has asked whether somebody is there";
    EXPECT_EQ(journal_.csv(), "");
    wait_for([](const CounterTotals& totals) { return totals.connections == 0; });
    RawClient good(port_);
    good.send(std::string(kLine) + post(kPath, "x"));
    EXPECT_EQ(good.read_answer().status, 200);
}

TEST_F(ServerProxiedTest, AHeadThatStopsHasTheTimeOfAHead) {
    limits_.header_time = Milliseconds{100};
    start(kIps);
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{20}}) {
        RawClient stopped(port_);
        stopped.send(kLine.substr(0, bytes));
        EXPECT_TRUE(stopped.is_closed_by_server()) << bytes;
    }
    EXPECT_EQ(refused(), 1U);
}

TEST_F(ServerProxiedTest, AHeadOfOthersIsNotBelieved) {
    proxies_.trusted = parse_networks("10.0.0.0/8").value();
    start(kIps);
    RawClient forger(port_);
    EXPECT_EQ(forger.ask(std::string(kLine) + post(kPath, "x")).status, 400);
    RawClient client(port_);
    EXPECT_EQ(client.ask(post(kPath, "x")).status, 200) << "it needs none";
    EXPECT_EQ(journal_.csv(), "\"127.0.0.1\"\n");
}

TEST_F(ServerProxiedTest, LimitsAreThoseOfTheClient) {
    limits_.address_connections = 1;
    limits_.connections = 3;
    start(kIps);
    RawClient first(port_);
    first.send(std::string(kLine) + post(kPath, "x"));
    EXPECT_EQ(first.read_answer().status, 200);
    {
        RawClient again(port_);
        again.send(std::string(kLine) + post(kPath, "x"));
        const auto answer = again.read_answer();
        EXPECT_EQ(answer.status, 503);
        EXPECT_THAT(answer.body, HasSubstr("stream.in.tooManyConnections"));
    }
    RawClient other(port_);
    other.send(kBinary + post(kPath, "x"));
    EXPECT_EQ(other.read_answer().status, 200);
    RawClient silent(port_);
    wait_for([](const CounterTotals& totals) { return totals.connections == 3; });
    RawClient fourth(port_);
    EXPECT_EQ(fourth.read_answer().status, 503) << "before its head";
    silent.close();
    first.close();
    other.close();
    wait_for([](const CounterTotals& totals) { return totals.connections == 0; });
    RawClient last(port_);
    last.send(std::string(kLine) + post(kPath, "x"));
    EXPECT_EQ(last.read_answer().status, 200) << "every place is given back";
}

TEST_F(ServerProxiedTest, AStopWaitsForNoHead) {
    start(kIps);
    RawClient silent(port_);
    wait_for([](const CounterTotals& totals) { return totals.connections == 1; });
    server_->stop(Milliseconds{20'000});
    EXPECT_TRUE(silent.is_closed_by_server());
}

}  // namespace
}  // namespace millrace::ingest
