// Goal    the data plane answers every request, good or bad, with the documented status, stores
//         what it confirms, and serves the next request.
// Method  a real server on a loopback port, a socket that sends exact bytes, a journal in memory.

#include "api/ingest/server.h"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/api/ingest/server_fixture.h"

namespace millrace::ingest {
namespace {

using testing::HasSubstr;
using testing::Not;

using ServerTest = ServerFixture;

// {"a":1} as gzip and zlib write it.
const std::string kGzip(
    "\x1f\x8b\x08\0\0\0\0\0\x02\x03\xabVJT\xb2\x32\xac\x05\0\xaf\xac\x1bV\x07\0\0\0", 27);
const std::string kDeflate("\x78\x9c\xabVJT\xb2\x32\xac\x05\0\x08*\x02\x09", 15);

TEST_F(ServerTest, AnswersOkWhenTheRowsAreDurableAndNotBefore) {
    RawClient client(start());
    journal_.hold();
    client.send(post(kPath, "one"));
    journal_.wait_for_batches(1);
    EXPECT_EQ(server_->counters().accepted, 0);
    journal_.release();
    const auto answer = client.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "OK");
    EXPECT_TRUE(answer.has("Content-Type: text/plain\r\n"));
    EXPECT_TRUE(answer.has("Server: millrace\r\n"));
    EXPECT_EQ(journal_.csv(), "\"one\"\n");
    EXPECT_EQ(server_->counters().accepted, 1);
    EXPECT_EQ(server_->counters().requests.at(200), 1);
}

TEST_F(ServerTest, AnswersAcceptedWithoutWaitingForTheDiskIfNoSinkWaits) {
    RawClient client(start({{.id = "a", .columns = {body_column()}, .sync_wait = false}}));
    journal_.hold();  // it never completes
    const auto answer = client.ask(post(kPath, "one"));
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(answer.body, "OK");
    EXPECT_EQ(journal_.csv(), "\"one\"\n");
    journal_.release();
}

TEST_F(ServerTest, AnswersAcceptedAfterTheSyncOfTheSinksThatWait) {
    RawClient client(start({{.id = "a", .columns = {body_column()}, .sync_wait = false},
                            {.id = "b", .columns = {body_column()}}}));
    journal_.complete_with(Error(Code::unknown_outcome, "fsync"));
    EXPECT_EQ(client.ask(post(kPath, "one")).status, 503);
    journal_.complete_with({});
    EXPECT_EQ(client.ask(post(kPath, "one")).status, 202);
}

TEST_F(ServerTest, VerboseReportsEverySink) {
    RawClient client(start({{.id = "a", .columns = {body_column()}},
                            {.id = "b", .columns = {body_column()}, .sync_wait = false}}));
    const auto answer = client.ask(post(kPath + "?verbose=true", "one"));
    EXPECT_EQ(answer.status, 202);
    EXPECT_TRUE(answer.has("Content-Type: application/json\r\n"));
    EXPECT_EQ(answer.body, R"({
  "statusCode": 202,
  "message": "Successfully written to 2/2 sinks.",
  "sources": [
    {
      "projectId": 1,
      "sourceId": "shop",
      "branchId": 2,
      "statusCode": 202,
      "message": "Successfully written to 2/2 sinks.",
      "sinks": [
        {
          "sinkId": "a",
          "statusCode": 200,
          "message": "processed"
        },
        {
          "sinkId": "b",
          "statusCode": 202,
          "message": "accepted"
        }
      ]
    }
  ]
})");
    EXPECT_EQ(client.ask(post(kPath + "?verbose=1", "one")).body, "OK");
    EXPECT_EQ(client.ask(post(kPath + "?x=verbose=true&verbose=trueish", "one")).body, "OK");
    EXPECT_NE(client.ask(post(kPath + "?x=1&verbose=true", "one")).body, "OK");
}

TEST_F(ServerTest, OneBadSinkLeavesTheRowOfTheOther) {
    RawClient client(start({{.id = "bad", .columns = {path_column("missing")}},
                            {.id = "good", .columns = {body_column()}}}));
    const auto answer = client.ask(post(kPath, "{}", "Content-Type: application/json\r\n"));
    EXPECT_EQ(answer.status, 422);
    EXPECT_THAT(answer.body, HasSubstr("\"message\": \"Written to 1/2 sinks.\""));
    EXPECT_THAT(answer.body, HasSubstr("\"error\": \"stream.in.pathNotFound\""));
    EXPECT_EQ(journal_.csv(), "\"{}\"\n");
    EXPECT_EQ(server_->counters().rejected, 1);
}

TEST_F(ServerTest, BrokenJsonIsTheClientsMistakeAndStoresNothing) {
    RawClient client(start({{.id = "a", .columns = {path_column("a")}}}));
    const auto json = "Content-Type: application/json\r\n";
    for (const auto* body : {R"({"a":1,"b":tru,"c":[1,2})", R"({"a":1 "b":2})", R"({"a":01x})"}) {
        const auto answer = client.ask(post(kPath, body, json));
        EXPECT_EQ(answer.status, 400) << body;
        EXPECT_THAT(answer.body, HasSubstr("stream.in.invalidJson"));
    }
    EXPECT_EQ(client.ask(post(kPath, R"({"a":1})")).status, 415);
    EXPECT_EQ(journal_.csv(), "");
    EXPECT_EQ(client.ask(post(kPath, R"({"a":1})", json)).status, 200);
}

TEST_F(ServerTest, WithoutASinkAnswersOkAndCounts) {
    RawClient client(start(std::vector<TestSink>{}));
    const auto plain = client.ask(post(kPath, "x"));
    EXPECT_EQ(plain.body, "OK");
    EXPECT_TRUE(plain.has("Ack: none\r\n"));
    const auto verbose = client.ask(post(kPath + "?verbose=true", "x"));
    EXPECT_EQ(verbose.status, 200);
    EXPECT_THAT(verbose.body, HasSubstr("No enabled sink found."));
    EXPECT_EQ(server_->counters().no_sink, 2);
}

TEST_F(ServerTest, RoutesMethodsAndPaths) {
    RawClient client(start());
    const struct {
        std::string line;
        int status;
        std::string in_head;
        std::string body;
    } cases[] = {
        {"GET /health-check", 200, "text/plain", "OK\n"},
        {"POST /health-check", 405, "Allow: GET\r\n", ""},
        {"OPTIONS " + kPath, 200, "Access-Control-Allow-Origin: *\r\n", ""},
        {"OPTIONS /stream/9/none/x", 200, "Access-Control-Allow-Methods: OPTIONS, POST\r\n", ""},
        {"GET " + kPath, 405, "Allow: OPTIONS, POST\r\n", ""},
        {"BREW " + kPath, 405, "Allow: OPTIONS, POST\r\n", ""},
        {"POST http://host" + kPath, 200, "text/plain", "OK"},
        {"POST /stream/foo/shop/x", 400, "json", "Invalid project ID \\\"foo\\\"."},
        {"POST /stream/-1/shop/x", 400, "json", "stream.in.badRequest"},
        {"POST /stream/2/shop/" + kSecret, 404, "json", "stream.in.noSourceFound"},
        {"POST /stream/1/shops/" + kSecret, 404, "json", "stream.in.noSourceFound"},
        {"POST /stream/1/shop/" + kSecret + "x", 404, "json", "stream.in.noSourceFound"},
        {"POST /stream/1/shop/" + std::string(48, 't'), 404, "json", "stream.in.noSourceFound"},
        {"POST " + kPath + "/", 404, "json", "stream.in.routeNotFound"},
        {"POST /stream/1/shop/", 404, "json", "stream.in.routeNotFound"},
        {"POST /stream//shop/" + kSecret, 404, "json", "stream.in.routeNotFound"},
        {"POST /stream/1/../shop/" + kSecret, 404, "json", "stream.in.routeNotFound"},
        {"GET /", 404, "json", "\\u003cprojectID\\u003e"},
        {"OPTIONS *", 404, "json", "stream.in.routeNotFound"},
    };
    for (const auto& expected : cases) {
        SCOPED_TRACE(expected.line);
        const auto answer = client.ask(expected.line + " HTTP/1.1\r\nHost: x\r\n\r\n");
        EXPECT_EQ(answer.status, expected.status);
        EXPECT_THAT(answer.head, HasSubstr(expected.in_head));
        EXPECT_THAT(answer.body, HasSubstr(expected.body));
        EXPECT_EQ(answer.body.empty(), expected.body.empty());
    }
    client.send("HEAD /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.read_answer(false).status, 404);
    EXPECT_EQ(client.ask("GET /health-check HTTP/1.1\r\n\r\n").status, 200);
}

TEST_F(ServerTest, TheSecretOfTheSourceIsNeverInAColumn) {
    make(1);
    publish(make_route({{.id = "all", .columns = {headers_column()}}}, true, 1,
                       SourceSettings{.secret_headers = true}));
    RawClient client(run());
    const auto bearer = "Authorization: Bearer " + kSecret + "\r\n";
    EXPECT_EQ(client.ask(post("/stream/1/shop", "x", bearer + "X: seen\r\n")).status, 200);
    EXPECT_THAT(journal_.csv(), HasSubstr("seen"));
    EXPECT_THAT(journal_.csv(), Not(HasSubstr("Authorization")));
    // Where the path opens the source, the header is the sender's own business.
    EXPECT_EQ(client.ask(post(kPath, "x", "Authorization: Basic YWJj\r\n")).status, 200);
    EXPECT_THAT(journal_.csv(), HasSubstr("YWJj"));
}

TEST_F(ServerTest, TheSecretMayBeABearerTokenInstead) {
    RawClient client(start());
    const std::string path = "/stream/1/shop";
    const struct {
        std::string path;
        std::string headers;
        int status;
        std::string error;
    } cases[] = {
        {path, "Authorization: Bearer " + kSecret, 200, "OK"},
        {path + "?verbose=true", "authorization: bearer   " + kSecret, 200, "Successfully"},
        {path, "Authorization: Bearer x", 404, "stream.in.noSourceFound"},
        {"/stream/1/none", "Authorization: Bearer " + kSecret, 404, "stream.in.noSourceFound"},
        {path, "Authorization: Bearer ", 404, "stream.in.routeNotFound"},
        {path, "Authorization: " + kSecret, 404, "stream.in.routeNotFound"},
        {path, "Authorization: Basic " + kSecret, 404, "stream.in.routeNotFound"},
        {path, "X: y", 404, "stream.in.routeNotFound"},
        {path, "Authorization: Bearer " + kSecret + "\r\nAuthorization: Bearer " + kSecret, 404,
         "stream.in.routeNotFound"},
        // A secret in the path is the one that counts.
        {kPath, "Authorization: Bearer x", 200, "OK"},
        {path + "/bad", "Authorization: Bearer " + kSecret, 404, "stream.in.noSourceFound"},
    };
    for (const auto& expected : cases) {
        SCOPED_TRACE(expected.path + " " + expected.headers);
        const auto answer = client.ask(post(expected.path, "x", expected.headers + "\r\n"));
        EXPECT_EQ(answer.status, expected.status);
        EXPECT_THAT(answer.body, HasSubstr(expected.error));
    }
    EXPECT_EQ(client.ask("OPTIONS " + path + " HTTP/1.1\r\n\r\n").status, 200);
}

TEST_F(ServerTest, AScriptOfAnotherSiteMaySendAndReadItsAnswer) {
    RawClient client(start());
    const std::string readable = "Access-Control-Allow-Origin: *\r\n";
    const auto preflight =
        client.ask("OPTIONS " + kPath + " HTTP/1.1\r\nOrigin: https://shop.example\r\n\r\n");
    EXPECT_TRUE(preflight.has(readable));
    EXPECT_TRUE(preflight.has("Access-Control-Allow-Headers: *, Authorization\r\n"));
    for (const auto& [path, status] :
         {std::pair(kPath, 200), {kPath + "?verbose=true", 200}, {kPath + "x", 404}}) {
        SCOPED_TRACE(path);
        const auto answer = client.ask(post(path, "x", "Origin: https://shop.example\r\n"));
        EXPECT_EQ(answer.status, status);
        EXPECT_TRUE(answer.has(readable));
        EXPECT_TRUE(answer.has("Access-Control-Expose-Headers: *\r\n"));
        EXPECT_FALSE(client.ask(post(path, "x")).has("Access-Control")) << "nobody asks";
    }
}

TEST_F(ServerTest, TheClientOfATrustedProxyIsWhoItSays) {
    const std::vector<TestSink> sinks = {{.id = "ips", .columns = {ip_column()}}};
    proxies_.trusted = config::parse_networks("127.0.0.1").value();
    {
        RawClient client(start(sinks));
        client.ask(post(kPath, "x", "X-Forwarded-For: 1.1.1.1, 192.0.2.7\r\n"));
        client.ask(post(kPath, "x", "X-Forwarded-For: 192.0.2.8\r\n"));
        client.ask(post(kPath, "x"));
    }
    EXPECT_EQ(journal_.csv(), "\"192.0.2.7\"\n\"192.0.2.8\"\n\"127.0.0.1\"\n");

    proxies_.trusted = config::parse_networks("10.0.0.0/8").value();
    server_.reset();
    RawClient client(start(sinks));
    client.ask(post(kPath, "x", "X-Forwarded-For: 192.0.2.9\r\n"));
    EXPECT_THAT(journal_.csv(), Not(HasSubstr("192.0.2.9"))) << "the peer is not trusted";
}

TEST_F(ServerTest, ReadyAppendsToTheJournalAndSaysWhyNot) {
    accepting_ = [this]() -> Result<void> {
        if (!disk_full_) return {};
        return Error(Code::overloaded, "full").named("stream.in.diskFull");
    };
    RawClient client(start());
    const std::string ask = "GET /ready HTTP/1.1\r\nHost: x\r\n\r\n";
    EXPECT_EQ(client.ask(ask).status, 200);
    EXPECT_EQ(journal_.groups().size(), 1) << "one batch, without rows";
    EXPECT_EQ(journal_.csv(), "");

    const auto expect = [&](int status, const std::string& error) {  // soon: answers are shared
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        auto answer = client.ask(ask);
        while (answer.body.find(error) == std::string::npos &&
               std::chrono::steady_clock::now() < deadline) {
            answer = client.ask(ask);
        }
        EXPECT_EQ(answer.status, status);
        EXPECT_THAT(answer.body, HasSubstr(error));
    };
    journal_.refuse_submits_with(Error(Code::overloaded, "queue"));
    expect(503, "stream.in.volumeBusy");
    journal_.refuse_submits_with(Error(Code::unavailable, "failed"));
    expect(503, "stream.in.volumeFailed");
    journal_.refuse_submits_with({});
    journal_.complete_with(Error(Code::unknown_outcome, "fsync"));
    expect(503, "stream.in.unknownOutcome");
    journal_.complete_with({});
    disk_full_ = true;
    expect(507, "stream.in.diskFull");
    disk_full_ = false;
    expect(200, "OK");

    server_->leave();
    expect(503, "stream.in.shutdown");
    EXPECT_EQ(client.ask(post(kPath, "x")).status, 200) << "records are still taken";
    EXPECT_EQ(client.ask("POST /ready HTTP/1.1\r\n\r\n").status, 405);
    EXPECT_EQ(client.ask("GET /health-check HTTP/1.1\r\n\r\n").status, 200);
}

TEST_F(ServerTest, ManyWhoAskAtOnceShareOneProbe) {
    start();
    journal_.hold();
    RawClient first(port_);
    RawClient second(port_);
    first.send("GET /ready HTTP/1.1\r\n\r\n");
    journal_.wait_for_batches(1);
    second.send("GET /ready HTTP/1.1\r\n\r\n");
    RawClient third(port_);  // answered after the loop has read what the second asks
    EXPECT_EQ(third.ask("GET /health-check HTTP/1.1\r\n\r\n").status, 200);
    journal_.release();
    EXPECT_EQ(first.read_answer().status, 200);
    EXPECT_EQ(second.read_answer().status, 200);
    EXPECT_LE(journal_.groups().size(), 2);
}

TEST_F(ServerTest, ReadyIsAnsweredThoughTheJournalIsNot) {
    start();
    journal_.hold();
    RawClient client(port_);
    const auto answer = client.ask("GET /ready HTTP/1.1\r\n\r\n");
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("stream.in.volumeStalled"));
    journal_.release();
    EXPECT_EQ(client.ask("GET /ready HTTP/1.1\r\n\r\n").status, 200);
}

TEST_F(ServerTest, ASourceWithABrokenSinkIs503OnlyWithItsSecret) {
    make(1);
    const auto disabled = make_route(std::vector<TestSink>{}, false);
    publish(std::make_shared<pipeline::SourceRoute>(
        pipeline::SourceRoute{.key = disabled->key,
                              .secret = disabled->secret,
                              .enabled = false,
                              .broken = {{.sink = SinkId("old"), .problem = "a column"}},
                              .sinks = {},
                              .mapper = mapping::SourceMapper::compile({}, {}).value()}));
    RawClient client(run());
    const auto answer = client.ask(post(kPath, "x"));
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("stream.in.sinkBroken"));
    EXPECT_THAT(answer.body, testing::Not(HasSubstr("old"))) << "which one is for the operator";
    EXPECT_THAT(answer.head, HasSubstr("Retry-After: "));
    EXPECT_EQ(client.ask(post("/stream/1/shop/bad", "x")).status, 404);
}

TEST_F(ServerTest, DisabledSourceIsNotFoundOnlyWithItsSecret) {
    make(1);
    publish(make_route({{.id = "a", .columns = {body_column()}}}, false));
    RawClient client(run());
    EXPECT_THAT(client.ask(post(kPath, "x")).body, HasSubstr("stream.in.disabledSource"));
    EXPECT_THAT(client.ask(post("/stream/1/shop/bad", "x")).body,
                HasSubstr("stream.in.noSourceFound"));
    publish_and_wait(make_route({{.id = "a", .columns = {body_column()}}}));
    EXPECT_EQ(client.ask(post(kPath, "x")).status, 200);
    publish_and_wait(nullptr);
    EXPECT_THAT(client.ask(post(kPath, "x")).body, HasSubstr("stream.in.noSourceFound"));
}

TEST_F(ServerTest, RefusesWhatAProxyMayReadDifferently) {
    start();
    const auto head = "POST " + kPath + " HTTP/1.1\r\nHost: x\r\n";
    const std::string chunked = "1\r\na\r\n0\r\n\r\n";
    const std::string cases[] = {
        head + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        head + "Content-Length: 3, 3\r\n\r\nabc",
        head + "Content-Length: +3\r\n\r\nabc",
        head + "Content-Length: -3\r\n\r\nabc",
        head + "Content-Length: 0x3\r\n\r\nabc",
        head + "Content-Length:\r\n\r\nabc",
        head + "Content-Length: 99999999999999999999\r\n\r\nabc",
        head + "Content-Length : 3\r\n\r\nabc",
        head + "X: a\r\n b\r\nContent-Length: 3\r\n\r\nabc",
        head + "X:\r\n b\r\nContent-Length: 3\r\n\r\nabc",
        head + "Transfer-Encoding: chunked\r\n\tx\r\n\r\n" + chunked,
        head + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked,
        head + "Transfer-Encoding: chunked, identity\r\n\r\n" + chunked,
        head + "Transfer-Encoding: identity\r\n\r\n" + chunked,
        head + "Transfer-Encoding: xchunked\r\n\r\n" + chunked,
        head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
        head + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
        head + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n" + chunked,
        head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
        head +
            "Transfer-Encoding:\x0b"
            "chunked\r\n\r\n" +
            chunked,
        head + "Host: y\r\nContent-Length: 3\r\n\r\nabc",
        "POST " + kPath + " HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
        head + "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na\r\n0\r\n\r\n",
        head + "X: a\nContent-Length: 3\r\n\r\nabc",
        head + "X: a" + std::string(1, '\0') + "b\r\nContent-Length: 3\r\n\r\nabc",
        head + "X: a\rb\r\nContent-Length: 3\r\n\r\nabc",
        head + ": a\r\nContent-Length: 3\r\n\r\nabc",
        head + "X y: a\r\nContent-Length: 3\r\n\r\nabc",
        "POST " + kPath + "\r\n\r\n",
        "POST  " + kPath + " HTTP/1.1\r\n\r\n",
        "POST " + kPath + " HTTP/1.2\r\n\r\n",
        "POST " + kPath + " HTTP/1.1 \r\n\r\n",
        "POST /stream/1/a b/c HTTP/1.1\r\n\r\n",
        "POST /stream/1/a" + std::string(1, '\0') + "/c HTTP/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01\x02\n\n",
        "GET /health-check HTTP/1.1\n\n",
        " GET /health-check HTTP/1.1\r\n\r\n",
    };
    for (const auto& bytes : cases) {
        SCOPED_TRACE(bytes);
        RawClient client(port_);
        const auto answer = client.ask(bytes);
        EXPECT_EQ(answer.status, 400);
        EXPECT_THAT(answer.body, HasSubstr("stream.in.badRequest"));
        EXPECT_TRUE(answer.has("Connection: close\r\n"));
        EXPECT_TRUE(client.is_closed_by_server());
    }
    EXPECT_EQ(journal_.csv(), "");
    expect_service_goes_on();
}

TEST_F(ServerTest, ReadsRequestsThatArriveByteByByte) {
    RawClient client(start());
    client.send_byte_by_byte("\r\n" +
                             post(kPath, "slow", "X-Long: " + std::string(200, 'x') + "\r\n"));
    EXPECT_EQ(client.read_answer().status, 200);
    client.send_byte_by_byte("POST " + kPath +
                             " HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n"
                             "3;name=\"v\"\r\nabc\r\n02\r\nde\r\n0\r\nTrailer: x\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, 200);
    EXPECT_EQ(journal_.csv(), "\"slow\"\n\"abcde\"\n");
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
    RawClient client(start());
    const auto missing = post("/stream/1/none/" + kSecret, "ignored body");
    std::string all;
    for (int i = 0; i < 50; ++i) all += post(kPath, "row " + std::to_string(i)) + missing;
    client.send(all + "GET /health-check HTTP/1.1\r\n\r\n");
    std::string rows;
    for (int i = 0; i < 50; ++i) {
        ASSERT_EQ(client.read_answer().status, 200);
        ASSERT_EQ(client.read_answer().status, 404);
        rows += "\"row " + std::to_string(i) + "\"\n";
    }
    EXPECT_EQ(client.read_answer().body, "OK\n");
    EXPECT_EQ(journal_.csv(), rows);
}

TEST_F(ServerTest, ChunkedBodiesArePipelinedToo) {
    RawClient client(start());
    std::string one = "POST " + kPath + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string body;
    for (int i = 0; i < 300; ++i) {
        const std::string piece(static_cast<std::size_t>(i + 1), static_cast<char>('a' + i % 26));
        one += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
        body += piece;
    }
    one += "0\r\n\r\n";
    client.send(one + one + post(kPath, "last"));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.read_answer().status, 200);
    EXPECT_EQ(journal_.csv(), '"' + body + "\"\n\"" + body + "\"\n\"last\"\n");
}

TEST_F(ServerTest, KeepsOrClosesTheConnectionAsAsked) {
    start();
    {
        RawClient client(port_);
        const auto answer = client.ask(post(kPath, "x", "Connection: close\r\n"));
        EXPECT_EQ(answer.status, 200);
        EXPECT_TRUE(answer.has("Connection: close\r\n"));
        EXPECT_TRUE(client.is_closed_by_server());
    }
    {
        RawClient client(port_);
        EXPECT_EQ(client.ask("POST " + kPath + " HTTP/1.0\r\nContent-Length: 1\r\n\r\nx").status,
                  200);
        EXPECT_TRUE(client.is_closed_by_server());
    }
    RawClient client(port_);
    for (int i = 0; i < 10; ++i) {
        const auto answer = client.ask("POST " + kPath +
                                       " HTTP/1.0\r\nConnection: keep-alive\r\n"
                                       "Content-Length: 1\r\n\r\nx");
        EXPECT_EQ(answer.status, 200);
        EXPECT_TRUE(answer.has("Connection: keep-alive\r\n"));
    }
}

TEST_F(ServerTest, TellsTheClientToContinueOnlyWhenTheBodyIsWanted) {
    RawClient client(start());
    const std::string expect = "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    client.send("POST " + kPath + " HTTP/1.1\r\n" + expect);
    EXPECT_EQ(client.read_answer().status, 100);
    EXPECT_EQ(client.ask("hello").status, 200);
    EXPECT_EQ(client.ask("POST " + kPath + " HTTP/1.1\r\n" + expect + "there").status, 200);
    EXPECT_EQ(client.ask("POST /stream/1/none/x HTTP/1.1\r\n" + expect).status, 404);
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(journal_.csv(), "\"hello\"\n\"there\"\n");
}

TEST_F(ServerTest, TheRouteThatIsServedWhenTheBodyCameCounts) {
    RawClient client(start());
    const std::string head =
        "POST " + kPath + " HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    client.send(head);
    EXPECT_EQ(client.read_answer().status, 100);
    publish_and_wait(make_route({{.id = "a", .columns = {body_column()}}}, true, 7));
    EXPECT_EQ(client.ask("hello").status, 200);
    ASSERT_EQ(journal_.groups().size(), 1U);
    EXPECT_EQ(journal_.groups()[0].at(0).sink.mapping.value, 7U);

    client.send(head);
    EXPECT_EQ(client.read_answer().status, 100);
    publish_and_wait(nullptr);
    EXPECT_EQ(client.ask("hello").status, 404);
    EXPECT_EQ(journal_.csv(), "\"hello\"\n");
}

TEST_F(ServerTest, RefusesTooLargeHeadersWholeOrDribbled) {
    limits_.header_bytes = 2 << 10;
    start();
    const std::string filler(3000, 'x');
    const std::string cases[] = {
        "GET /" + filler + " HTTP/1.1\r\n\r\n",
        "GET /" + filler,
        "GET / HTTP/1.1\r\nX: " + filler + "\r\n\r\n",
        "POST " + kPath + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + filler,
    };
    for (const auto& bytes : cases) {
        RawClient client(port_);
        const auto answer = client.ask(bytes);
        EXPECT_EQ(answer.status, 413);
        EXPECT_THAT(answer.body, HasSubstr("stream.in.headerTooLarge"));
        EXPECT_THAT(answer.body, HasSubstr(R"(over the maximum \"2KB\".)"));
        EXPECT_TRUE(client.is_closed_by_server());
    }
    RawClient client(port_);
    client.send("GET / HTTP/1.1\r\n");
    for (int i = 0; i < 100; ++i) client.send("X: 0123456789012345678901234567890\r\n");
    EXPECT_EQ(client.read_answer().status, 413);
    RawClient fits(port_);
    EXPECT_EQ(
        fits.ask("GET /health-check HTTP/1.1\r\nX: " + filler.substr(0, 1900) + "\r\n\r\n").status,
        200);
}

TEST_F(ServerTest, RefusesTooLargeBodiesAndTheClientSeesIt) {
    limits_.body_bytes = 64 << 10;
    start();
    {
        RawClient client(port_);  // sends all of a large body before it reads
        EXPECT_TRUE(client.send(post(kPath, std::string(8 << 20, 'x'))));
        const auto answer = client.read_answer();
        EXPECT_EQ(answer.status, 413);
        EXPECT_THAT(answer.body, HasSubstr("stream.in.bodyTooLarge"));
        EXPECT_THAT(answer.body, HasSubstr(R"(Request body size is over the maximum \"64KB\".)"));
    }
    {
        RawClient client(port_);
        client.send("POST " + kPath + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 17; ++i) client.send("1000\r\n" + std::string(4096, 'x') + "\r\n");
        EXPECT_EQ(client.read_answer().status, 413);
    }
    RawClient client(port_);
    EXPECT_EQ(client.ask(post(kPath, std::string(64 << 10, 'x'))).status, 200);
    EXPECT_EQ(journal_.csv(), '"' + std::string(64 << 10, 'x') + "\"\n");
}

TEST_F(ServerTest, DecodesContentEncodingsUpToALimitOfTheirOwn) {
    RawClient client(start({{.id = "a", .columns = {path_column("a")}}}));
    const std::string json = "Content-Type: application/json\r\n";
    EXPECT_EQ(client.ask(post(kPath, kGzip, json + "Content-Encoding: gzip\r\n")).status, 200);
    EXPECT_EQ(client.ask(post(kPath, kDeflate, json + "Content-Encoding: Deflate\r\n")).status,
              200);
    EXPECT_EQ(client.ask(post(kPath, R"({"a":3})", json + "Content-Encoding: identity\r\n")).status,
              200);
    client.send("POST " + kPath + " HTTP/1.1\r\n" + json +
                "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + "1B\r\n" + kGzip +
                "\r\n0\r\n\r\n");
    EXPECT_EQ(client.read_answer().status, 200);
    EXPECT_EQ(journal_.csv(), "\"1\"\n\"1\"\n\"3\"\n\"1\"\n");

    const auto bad = client.ask(post(kPath, "plain", json + "Content-Encoding: gzip\r\n"));
    EXPECT_EQ(bad.status, 400);
    EXPECT_THAT(bad.body, HasSubstr("stream.in.badRequest"));
    for (const auto* coding : {"Content-Encoding: br\r\n", "Content-Encoding: gzip, gzip\r\n",
                               "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n"}) {
        const auto answer = client.ask(post(kPath, kGzip, json + coding));
        EXPECT_EQ(answer.status, 415) << coding;
        EXPECT_TRUE(answer.has("Accept-Encoding: gzip, deflate, zstd\r\n"));
        EXPECT_THAT(answer.body, HasSubstr("stream.in.unsupportedContentEncoding"));
    }
    EXPECT_EQ(client.ask(post(kPath, R"({"a":1})", json)).status, 200) << "the connection goes on";
}

TEST_F(ServerTest, ACodedBodyMayNotBecomeTooLarge) {
    limits_.decoded_bytes = 6;
    RawClient client(start());
    const auto answer = client.ask(post(kPath, kGzip, "Content-Encoding: gzip\r\n"));
    EXPECT_EQ(answer.status, 413);
    EXPECT_THAT(answer.body, HasSubstr("stream.in.bodyTooLarge"));
    EXPECT_EQ(client.ask(post(kPath, "0123456789")).status, 200)
        << "the limit of plain bodies is another";
}

TEST_F(ServerTest, JournalErrorsAreNamedAndTheConnectionGoesOn) {
    RawClient client(start());
    journal_.refuse_submits_with(Error(Code::overloaded, "queue"));
    auto answer = client.ask(post(kPath, "x"));
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.has("Retry-After: 1\r\n"));
    EXPECT_THAT(answer.body, HasSubstr("stream.in.volumeBusy"));

    journal_.refuse_submits_with(Error(Code::unavailable, "/secret/path: gone"));
    answer = client.ask(post(kPath, "x"));
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("stream.in.volumeFailed"));
    EXPECT_THAT(answer.body, Not(HasSubstr("secret")));

    journal_.refuse_submits_with({});
    journal_.complete_with(Error(Code::unknown_outcome, "fsync"));
    answer = client.ask(post(kPath, "x"));
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("stream.in.unknownOutcome"));
    EXPECT_THAT(answer.body, HasSubstr("may have been stored"));

    journal_.complete_with({});
    EXPECT_EQ(client.ask(post(kPath, "x")).status, 200);
    EXPECT_EQ(server_->counters().failed, 3);
}

TEST_F(ServerTest, AFullDiskIsAnsweredBeforeTheBodyIsRead) {
    std::atomic<bool> full = true;
    accepting_ = [&]() -> Result<void> {
        if (full) return Error(Code::unavailable, "96% used").named("stream.in.diskFull");
        return {};
    };
    RawClient client(start());
    const auto answer = client.ask(post(kPath, "x"));
    EXPECT_EQ(answer.status, 507);
    EXPECT_THAT(answer.body, HasSubstr("stream.in.diskFull"));
    EXPECT_TRUE(answer.has("Retry-After: "));
    full = false;
    EXPECT_EQ(client.ask(post(kPath, "x")).status, 200);
    server_.reset();
}

TEST_F(ServerTest, APublishedRouteIsServedAfterTheRowsOfTheOldOneWereHandedOver) {
    start({{.id = "a", .columns = {body_column()}}}, 2);
    for (std::uint32_t version = 2; version < 50; ++version) {
        std::vector<std::unique_ptr<RawClient>> clients;
        for (int i = 0; i < 4; ++i) clients.push_back(std::make_unique<RawClient>(port_));
        for (auto& client : clients) client->send(post(kPath, "old"));
        publish_and_wait(make_route({{.id = "a", .columns = {body_column()}}}, true, version));
        const auto before = journal_.groups().size();
        clients.push_back(std::make_unique<RawClient>(port_));
        clients.back()->send(post(kPath, "new"));
        for (auto& client : clients) EXPECT_EQ(client->read_answer().status, 200);
        const auto groups = journal_.groups();
        for (auto batch = before; batch < groups.size(); ++batch) {
            for (const auto& group : groups[batch]) EXPECT_EQ(group.sink.mapping.value, version);
        }
    }
}

TEST_F(ServerTest, SurvivesClientsThatGoAwayAtAnyPoint) {
    start();
    const auto request = post(kPath, "partial");
    for (std::size_t length = 0; length <= request.size(); length += 7) {
        RawClient client(port_);
        client.send(request.substr(0, length));
        if (length % 2 == 0) client.reset();
    }
    journal_.hold();
    const auto batches = journal_.groups().size();
    RawClient gone(port_);
    gone.send(request);
    journal_.wait_for_batches(batches + 1);
    gone.reset();
    journal_.release();
    expect_service_goes_on();
}

TEST_F(ServerTest, AClientThatEndsItsSideIsStillAnswered) {
    RawClient client(start());
    client.send(post(kPath, "x"));
    client.finish_sending();
    EXPECT_EQ(client.read_answer().status, 200);
}

TEST_F(ServerTest, StopAnswersWhatIsInFlightAndClosesTheRest) {
    start();  // one loop: what is idle and what waits are told together
    RawClient idle(port_);
    EXPECT_EQ(idle.ask(post(kPath, "x")).status, 200);
    journal_.hold();
    RawClient waiting(port_);
    waiting.send(post(kPath, "in flight"));
    journal_.wait_for_batches(2);

    std::thread stopper([&] { server_->stop(Milliseconds(20'000)); });
    EXPECT_TRUE(idle.is_closed_by_server());  // so stop() has begun
    journal_.release();
    const auto answer = waiting.read_answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.has("Connection: close\r\n"));
    EXPECT_TRUE(waiting.is_closed_by_server());
    stopper.join();

    bool served = false;
    server_->publish(shop(), nullptr, [&] { served = true; });
    EXPECT_TRUE(served);
}

TEST_F(ServerTest, StopEndsAtItsDeadlineAlthoughTheJournalIsSilent) {
    start();
    journal_.hold();
    RawClient waiting(port_);
    waiting.send(post(kPath, "x"));
    journal_.wait_for_batches(1);
    server_->stop(Milliseconds(1));
    EXPECT_TRUE(waiting.is_closed_by_server());
    journal_.release();
}

TEST_F(ServerTest, ASecondServerOnThePortFailsEvenWithSharedPorts) {
    for (const std::uint32_t threads : {1U, 2U}) {
        start({{.id = "a", .columns = {body_column()}}}, threads);
        IngestServer second({.journal = journal_,
                             .clock = clock_,
                             .rejects = rejects_.queue,
                             .window = window_,
                             .key_homes = key_homes_,
                             .evaluator = evaluator_,
                             .make_rng = [] { return std::make_unique<CountingRng>(); },
                             .accepting = {},
                             .limits = limits_,
                             .listen = {.host = "127.0.0.1", .port = port_},
                             .threads = threads});
        const auto started = second.bind();
        ASSERT_FALSE(started.ok());
        EXPECT_EQ(started.error().code(), Code::unavailable);
        EXPECT_THAT(started.error().operator_text(), HasSubstr("Address already in use"));
        server_.reset();
    }
}

}  // namespace
}  // namespace millrace::ingest
