// Goal    no client, however slow, greedy or numerous, takes anything from the others.
// Method  a real server on a loopback port with small limits, sockets that send exact bytes.

#include <gmock/gmock.h>

#include <string>
#include <string_view>

#include "tests/fuzz/memory_loop.h"
#include "tests/unit/api/ingest/server_fixture.h"

namespace millrace::ingest {
namespace {

using testing::HasSubstr;
using testing::Not;

using IngestConnectionsTest = ServerFixture;

TEST_F(IngestConnectionsTest, HeadBodyAndIdleTimesAreCountedApart) {
    limits_.header_time = Milliseconds{100};
    limits_.request_time = Milliseconds{300'000};
    start();
    RawClient slow_head(port_);
    const auto answer = slow_head.ask("POST " + kPath + " HTTP/1.1\r\nHost");
    EXPECT_EQ(answer.status, 408);
    EXPECT_EQ(answer.body, "request timeout");
    EXPECT_TRUE(slow_head.is_closed_by_server());

    // A head that came in time has stopped that clock, for its body too.
    RawClient slow_body(port_);
    slow_body.send("POST " + kPath + " HTTP/1.1\r\nContent-Length: 2\r\n\r\na");
    RawClient another(port_);
    EXPECT_EQ(another.ask("POST " + kPath + " HTTP/1.1\r\nHost").status, 408);  // time has passed
    slow_body.send("b");
    EXPECT_EQ(slow_body.read_answer().status, 200);
}

TEST_F(IngestConnectionsTest, ASlowBodyIsTimedOut) {
    limits_.request_time = Milliseconds{100};
    RawClient client(start());
    EXPECT_EQ(client.ask("POST " + kPath + " HTTP/1.1\r\nContent-Length: 2\r\n\r\na").status, 408);
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(journal_.csv(), "");
}

TEST_F(IngestConnectionsTest, AnIdleConnectionIsClosedWithoutAnAnswer) {
    limits_.idle_time = Milliseconds{100};
    RawClient client(start());
    EXPECT_EQ(client.ask(post(kPath, "x")).status, 200);
    EXPECT_TRUE(client.is_closed_by_server());
    RawClient silent(port_);
    EXPECT_TRUE(silent.is_closed_by_server());
}

TEST_F(IngestConnectionsTest, AClientThatDoesNotReadItsAnswersIsClosed) {
    limits_.answer_time = Milliseconds{100};
    start(std::vector<TestSink>(20, {.id = "a", .columns = {body_column()}}));  // long reports
    RawClient client(port_, 4096);
    std::string many;
    for (int i = 0; i < 1000; ++i) many += post(kPath + "?verbose=true", "x");
    while (client.send(many)) {  // ends when the server has closed
    }
    wait_for([](const CounterTotals& totals) { return totals.connections == 0; });
    expect_service_goes_on();
}

// The answer comes from the journal, nobody reads it, and there is no memory to keep it.
TEST_F(IngestConnectionsTest, AnAnswerThatCannotBeKeptEndsTheConnection) {
    limits_.connection_memory_bytes = 0;  // beyond the first bytes, which are free
    fuzz::MemoryClient client;
    fuzz::MemoryLoop loop(limits_);
    loop.set_route(make_route(std::vector<TestSink>(20, {.id = "a", .columns = {body_column()}})));
    client.takes = [](std::size_t) { return std::size_t{0}; };
    loop.connect(client);
    client.send(post(kPath + "?verbose=true", "x"));
    loop.run();
    EXPECT_FALSE(loop.is_connected()) << "it waits for nothing, and for ever";
    EXPECT_EQ(loop.memory_taken(), 0U);
}

TEST_F(IngestConnectionsTest, MoreConnectionsThanAllowedAreToldAndClosed) {
    limits_.connections = 2;
    start({{.id = "all", .columns = {body_column()}}}, 2);  // the limit is of both loops
    RawClient first(port_);
    RawClient second(port_);
    EXPECT_EQ(first.ask(post(kPath, "1")).status, 200);
    EXPECT_EQ(second.ask(post(kPath, "2")).status, 200);
    RawClient third(port_);
    const auto answer = third.ask(post(kPath, "3"));
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("stream.in.tooManyConnections"));
    EXPECT_TRUE(answer.has("Retry-After: 1\r\n"));
    EXPECT_TRUE(third.is_closed_by_server());
    EXPECT_EQ(server_->counters().refused_connections, 1);
    EXPECT_EQ(first.ask(post(kPath, "4")).status, 200);

    first.close();
    wait_for([](const CounterTotals& totals) { return totals.connections == 1; });
    RawClient fourth(port_);
    EXPECT_EQ(fourth.ask(post(kPath, "5")).status, 200);
    EXPECT_THAT(journal_.csv(), Not(HasSubstr("3")));
}

// Goal    one peer cannot take all places.
TEST_F(IngestConnectionsTest, AnAddressMayHaveALimitOfItsOwn) {
    limits_.address_connections = 1;
    limits_.address_memory_bytes = 10'000;
    start({{.id = "all", .columns = {body_column()}}}, 2);  // of both loops together
    RawClient first(port_);
    EXPECT_EQ(first.ask(post(kPath, "1")).status, 200);
    {
        RawClient second(port_);
        const auto answer = second.ask(post(kPath, "2"));
        EXPECT_EQ(answer.status, 503);
        EXPECT_THAT(answer.body, HasSubstr("stream.in.tooManyConnections"));
    }
    const auto too_much = first.ask(post(kPath, std::string(30'000, '3')));
    EXPECT_EQ(too_much.status, 503);
    EXPECT_THAT(too_much.body, HasSubstr("stream.in.memoryFull"));
    first.close();
    wait_for([](const CounterTotals& totals) { return totals.connections == 0; });
    RawClient third(port_);
    EXPECT_EQ(third.ask(post(kPath, "4")).status, 200);
}

TEST_F(IngestConnectionsTest, ATrustedProxyHasNoLimitOfItsAddress) {
    limits_.address_connections = 1;
    proxies_.trusted = parse_networks("127.0.0.0/8").value();
    start();
    RawClient first(port_);
    RawClient second(port_);
    EXPECT_EQ(first.ask(post(kPath, "1")).status, 200);
    EXPECT_EQ(second.ask(post(kPath, "2")).status, 200);
}

// Method  one large request holds most of the memory: another large one is refused, small ones are
//         served, and all is well once the first has ended.
TEST_F(IngestConnectionsTest, ConnectionsShareTheirMemory) {
    limits_.connection_memory_bytes = 600 << 10;
    start();
    const std::string large(500'000, 'x');
    const auto request = post(kPath, large);
    RawClient first(port_);
    first.send(std::string_view(request).substr(0, 300'000));
    wait_for([](const CounterTotals& totals) { return totals.memory_bytes > 300'000; });

    RawClient second(port_);
    const auto answer = second.ask(request);
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("stream.in.memoryFull"));
    EXPECT_TRUE(answer.has("Retry-After: 1\r\n"));
    EXPECT_TRUE(second.is_closed_by_server());
    RawClient small(port_);
    EXPECT_EQ(small.ask(post(kPath, "small")).status, 200);

    first.send(std::string_view(request).substr(300'000));
    EXPECT_EQ(first.read_answer().status, 200);
    RawClient third(port_);
    EXPECT_EQ(third.ask(request).status, 200);

    for (auto* client : {&first, &second, &small, &third}) client->close();
    wait_for([](const CounterTotals& totals) { return totals.connections == 0; });
    EXPECT_EQ(server_->counters().memory_bytes, 0);
}

TEST_F(IngestConnectionsTest, AChunkedBodyCountsAsMemoryToo) {
    limits_.connection_memory_bytes = 100 << 10;
    RawClient client(start());
    client.send("POST " + kPath + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
    for (int i = 0; i < 100 && client.send(chunk); ++i) {
    }
    const auto answer = client.read_answer();
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("stream.in.memoryFull"));
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(IngestConnectionsTest, AnUpgradeToHttp2IsIgnored) {
    RawClient client(start());
    const auto answer =
        client.ask(post(kPath, "x",
                        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.head.starts_with("HTTP/1.1 200"));
    EXPECT_FALSE(answer.has("Upgrade"));
    EXPECT_EQ(client.ask(post(kPath, "y")).status, 200) << "the connection goes on";
}

}  // namespace
}  // namespace millrace::ingest
