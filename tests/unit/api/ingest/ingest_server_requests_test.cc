// Goal    requests as HTTP has them, whole and in pieces: what is refused, and what is read.
// Method  a real server on a loopback port, a socket that sends exact bytes, a journal in memory.

#include <gmock/gmock.h>

#include <string>

#include "api/ingest/ingest_server.h"
#include "tests/unit/api/ingest/server_fixture.h"

namespace millrace::ingest {
namespace {

using testing::HasSubstr;

using ServerRequestsTest = ServerFixture;

// {"a":1} as gzip and zlib write it.
const std::string kGzip(
    "\x1f\x8b\x08\0\0\0\0\0\x02\x03\xabVJT\xb2\x32\xac\x05\0\xaf\xac\x1bV\x07\0\0\0", 27);
const std::string kDeflate("\x78\x9c\xabVJT\xb2\x32\xac\x05\0\x08*\x02\x09", 15);

TEST_F(ServerRequestsTest, RefusesWhatAProxyMayReadDifferently) {
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

TEST_F(ServerRequestsTest, ReadsRequestsThatArriveByteByByte) {
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

TEST_F(ServerRequestsTest, AnswersPipelinedRequestsInOrder) {
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

TEST_F(ServerRequestsTest, ChunkedBodiesArePipelinedToo) {
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

TEST_F(ServerRequestsTest, KeepsOrClosesTheConnectionAsAsked) {
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

TEST_F(ServerRequestsTest, TellsTheClientToContinueOnlyWhenTheBodyIsWanted) {
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

TEST_F(ServerRequestsTest, RefusesTooLargeHeadersWholeOrDribbled) {
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

TEST_F(ServerRequestsTest, RefusesTooLargeBodiesAndTheClientSeesIt) {
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

TEST_F(ServerRequestsTest, DecodesContentEncodingsUpToALimitOfTheirOwn) {
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

    for (const auto* none : {"Content-Encoding: utf-8\r\n", "Content-Encoding: none\r\n",
                             "Content-Encoding: identity\r\ncontent-encoding: utf-8\r\n"}) {
        EXPECT_EQ(client.ask(post(kPath, R"({"a":4})", json + none)).status, 200) << none;
    }
    for (const auto* one : {"Content-Encoding: gzip, identity\r\n",
                            "content-encoding: none\r\nContent-Encoding: gzip\r\n"}) {
        EXPECT_EQ(client.ask(post(kPath, kGzip, json + one)).status, 200) << one;
    }

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

TEST_F(ServerRequestsTest, ACodedBodyMayNotBecomeTooLarge) {
    limits_.decoded_bytes = 6;
    RawClient client(start());
    const auto answer = client.ask(post(kPath, kGzip, "Content-Encoding: gzip\r\n"));
    EXPECT_EQ(answer.status, 413);
    EXPECT_THAT(answer.body, HasSubstr("stream.in.bodyTooLarge"));
    EXPECT_EQ(client.ask(post(kPath, "0123456789")).status, 200)
        << "the limit of plain bodies is another";
}

}  // namespace
}  // namespace millrace::ingest
