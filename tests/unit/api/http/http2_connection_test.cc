// Goal    HTTP/2 brings doors the requests they know from HTTP/1.1, gives clients their answers,
//         and no client can make the service work or keep memory without end.
// Method  the real connection over a stream in memory, with a client by nghttp2; attacks are bytes.

#include "api/http/http2_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/api/http/http2_fixture.h"

namespace millrace::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

class Http2ConnectionTest : public testing::Test {
protected:
    Seen& first() { return *door.seen.at(0); }

    TestDoor door;
};

TEST_F(Http2ConnectionTest, ADoorSeesARequestAsItKnowsIt) {
    Http2TestClient client(door);
    auto fields = post_to("/stream/1/shop/s?x=1");
    fields.insert(fields.end(), {{"content-type", "application/json"},
                                 {"te", "trailers"},
                                 {"cookie", "a=1"},
                                 {"x-own", "v"},
                                 {"cookie", "b=2"}});
    const auto id = client.request(fields, "{}");

    EXPECT_EQ(first().head,
              "POST /stream/1/shop/s?x=1 HTTP/1.1\r\nhost: millrace.test\r\n"
              "content-type: application/json\r\nte: trailers\r\nx-own: v\r\n"
              "cookie: a=1; b=2\r\n\r\n");
    EXPECT_EQ(first().body, "{}");
    EXPECT_EQ(first().target.in(first().head.data()), "/stream/1/shop/s?x=1");
    EXPECT_TRUE(first().is_released);
    const auto& answer = client.answers[id];
    EXPECT_EQ(answer.status(), "200");
    EXPECT_EQ(answer.field("server"), "millrace");
    EXPECT_EQ(answer.field("content-length"), "2");
    EXPECT_EQ(answer.field("connection"), "");
    EXPECT_EQ(answer.body, "OK");
    EXPECT_TRUE(answer.is_whole);
}

TEST_F(Http2ConnectionTest, ManyRequestsAreAnsweredInAnyOrder) {
    door.answers = false;
    Http2TestClient client(door);
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 50; ++i) ids.push_back(client.request(post_to("/"), "x"));
    ASSERT_EQ(door.seen.size(), 50U);
    for (std::size_t i = 50; i-- > 0;) {
        door.seen[i]->writer->reply(text_answer(202, std::to_string(i)));
    }
    client.run();
    for (std::size_t i = 0; i < 50; ++i) {
        EXPECT_EQ(client.answers[ids[i]].body, std::to_string(i));
        EXPECT_EQ(client.answers[ids[i]].status(), "202");
    }
}

TEST_F(Http2ConnectionTest, HeadHasNoBody) {
    door.answers = false;
    Http2TestClient client(door);
    auto fields = post_to("/");
    fields[0].second = "HEAD";
    const auto id = client.request(fields);
    first().writer->reply(text_answer(200, "four"));
    client.run();
    EXPECT_EQ(client.answers[id].body, "");
    EXPECT_EQ(client.answers[id].field("content-length"), "4");
    EXPECT_TRUE(client.answers[id].is_whole);
}

TEST_F(Http2ConnectionTest, AnswersInPartsHaveTrailersAndMayComeBeforeTheBodyEnds) {
    door.mode = {.kind = BodyMode::Kind::streamed, .bytes_max = 1 << 20};
    door.answers = false;
    Http2TestClient client(door);
    const auto id = client.request(post_to("/"), "one", false);
    ASSERT_THAT(first().pieces, ElementsAre("one"));
    auto* const stream = first().writer->stream();
    ASSERT_NE(stream, nullptr);
    stream->begin(200, "Content-Type: application/grpc\r\n");
    stream->write("part 1;");
    client.run();
    EXPECT_EQ(client.answers[id].field("content-type"), "application/grpc");
    EXPECT_EQ(client.answers[id].body, "part 1;");
    EXPECT_FALSE(client.answers[id].is_whole);

    client.send_body(id, "two", true);
    EXPECT_THAT(first().pieces, ElementsAre("one", "two"));
    EXPECT_TRUE(first().is_whole);
    stream->write("part 2");
    EXPECT_EQ(stream->unsent(), 6U);
    stream->end("Grpc-Status: 0\r\n");
    client.run();
    EXPECT_EQ(client.answers[id].body, "part 1;part 2");
    EXPECT_THAT(client.answers[id].trailers, ElementsAre(Pair("grpc-status", "0")));
    EXPECT_TRUE(client.answers[id].is_whole);
    EXPECT_FALSE(client.answers[id].reset.has_value());
}

TEST_F(Http2ConnectionTest, AnAnswerBeforeTheEndOfTheBodyEndsTheStreamOnly) {
    door.mode = {.kind = BodyMode::Kind::whole, .bytes_max = 10};
    Http2TestClient client(door);
    const auto id = client.request(post_to("/"), std::string(11, 'x'), false);
    EXPECT_EQ(client.answers[id].status(), "413");
    EXPECT_TRUE(client.answers[id].is_whole);
    client.send_body(id, std::string(1000, 'x'), false);
    EXPECT_FALSE(client.answers[id].reset.has_value()) << "it may not have read its answer yet";
    client.host.pass(Milliseconds(5'000));
    client.run();
    EXPECT_EQ(client.answers[id].reset, std::uint32_t{NGHTTP2_NO_ERROR});
    EXPECT_EQ(client.answers[client.request(post_to("/"), "x")].status(), "200");
    EXPECT_FALSE(client.goaway.has_value());
}

TEST_F(Http2ConnectionTest, APausedBodyClosesItsWindowAndNoOther) {
    door.mode = {.kind = BodyMode::Kind::streamed, .bytes_max = 64 << 20};
    door.demand = Demand::pause;
    Http2TestClient client(door);
    const std::string large(8 << 20, 'x');
    const auto id = client.request(post_to("/"), large);
    ASSERT_FALSE(first().is_whole);
    EXPECT_LE(client.host.budget.taken(), 3U << 20);

    door.demand = Demand::more;
    door.mode = {.kind = BodyMode::Kind::whole, .bytes_max = 1 << 20};
    EXPECT_EQ(client.answers[client.request(post_to("/"), std::string(1 << 19, 'y'))].status(),
              "200");
    ASSERT_FALSE(first().is_whole);
    first().writer->resume_body();
    client.run();
    EXPECT_TRUE(first().is_whole);
    std::size_t bytes = 0;
    for (const auto& piece : first().pieces) bytes += piece.size();
    EXPECT_EQ(bytes, large.size());
    EXPECT_EQ(client.answers[id].status(), "200");
}

// Goal    no byte of a body is lost or overtaken where it comes between the moment an exchange
//         wants more and the moment it gets what has waited.
TEST_F(Http2ConnectionTest, WhatComesBehindABodyThatWaitsIsGivenBehindIt) {
    for (const bool is_whole_before : {false, true}) {
        door.seen.clear();
        door.mode = {.kind = BodyMode::Kind::streamed, .bytes_max = 1 << 20, .is_held = true};
        Http2TestClient client(door);
        const auto id = client.request(post_to("/"), "first,", false);
        ASSERT_TRUE(first().pieces.empty());
        client.host.hears_first = true;
        if (is_whole_before) client.send_body(id, "second,", false);
        first().writer->resume_body();
        client.send_body(id, "last", true);
        std::string all;
        for (const auto& piece : first().pieces) all += piece;
        EXPECT_EQ(all, is_whole_before ? "first,second,last" : "first,last");
        EXPECT_TRUE(first().is_whole);
        EXPECT_EQ(client.answers[id].status(), "200");
    }
}

TEST_F(Http2ConnectionTest, AHeldBodyIsAskedForWhenItIsWanted) {
    door.mode = {.kind = BodyMode::Kind::streamed, .bytes_max = 1 << 20, .is_held = true};
    Http2TestClient client(door);
    auto fields = post_to("/");
    fields.emplace_back("expect", "100-continue");
    const auto id = client.request(fields, "", false);
    EXPECT_EQ(client.answers[id].status(), "");
    first().writer->resume_body();
    client.run();
    EXPECT_EQ(client.answers[id].status(), "100");
    client.send_body(id, "body", true);
    EXPECT_THAT(first().pieces, ElementsAre("body"));
    EXPECT_EQ(client.answers[id].status(), "200");
}

// Goal    a door that has a request writes its answer to somebody who is there.
TEST_F(Http2ConnectionTest, AResetReleasesTheExchangeOnceItHasAnswered) {
    door.answers = false;
    Http2TestClient client(door);
    const auto id = client.request(post_to("/"), "x");
    EXPECT_FALSE(first().is_released);
    EXPECT_FALSE(first().writer->is_client_gone());
    client.reset(id);
    EXPECT_TRUE(first().writer->is_client_gone());
    EXPECT_FALSE(first().is_released) << "its door still works on it";
    first().writer->reply(text_answer(200, "OK"));
    client.run();
    EXPECT_TRUE(first().is_released);
    EXPECT_TRUE(client.host.is_connected());
}

TEST_F(Http2ConnectionTest, ARequestWithTooManyHeadersIsRefusedAlone) {
    Http2TestClient client(door, {.header_bytes = 1000});
    auto fields = post_to("/");
    fields.emplace_back("x-large", std::string(2000, 'x'));
    EXPECT_EQ(client.answers[client.request(fields)].status(), "413");
    EXPECT_EQ(client.answers[client.request(post_to("/"))].status(), "200");
}

TEST_F(Http2ConnectionTest, OddRequestsAreRefused) {
    Http2TestClient client(door);
    const Fields cases[] = {
        {{":method", "POST"}, {":scheme", "http"}, {":path", "no/slash"}, {":authority", "a"}},
        {{":method", "POST"}, {":scheme", "http"}, {":path", "*"}, {":authority", "a"}},
        {{":method", "CONNECT"}, {":authority", "a:1"}},
    };
    for (const auto& fields : cases) {
        const auto& answer = client.answers[client.request(fields)];
        EXPECT_TRUE(answer.status() == "400" || answer.reset.has_value()) << fields[0].second;
    }
    EXPECT_THAT(door.seen, IsEmpty());
    EXPECT_EQ(client.answers[client.request(post_to("/"))].status(), "200");
}

TEST_F(Http2ConnectionTest, AtAStopWhatHasBegunIsAnsweredAndThenItEnds) {
    door.answers = false;
    Http2TestClient client(door);
    const auto id = client.request(post_to("/"), "x");
    client.host.stop();
    client.run();
    EXPECT_EQ(client.goaway, std::uint32_t{NGHTTP2_NO_ERROR});
    EXPECT_FALSE(client.wire.is_ended());
    first().writer->reply_ok(200, {});
    client.run();
    EXPECT_EQ(client.answers[id].status(), "200");
    EXPECT_TRUE(client.wire.is_ended());
}

TEST_F(Http2ConnectionTest, IdleConnectionsEndWithAWord) {
    Http2TestClient client(door);
    client.request(post_to("/"), "x");
    ASSERT_EQ(client.host.watched, ConnectionHost::Deadline::idle);
    client.host.pass(Milliseconds(75'000));
    client.run();
    EXPECT_EQ(client.goaway, std::uint32_t{NGHTTP2_NO_ERROR});
    EXPECT_TRUE(client.wire.is_ended());
}

TEST_F(Http2ConnectionTest, ABodyThatDoesNotComeIsRefusedInTime) {
    Http2TestClient client(door);
    const auto id = client.request(post_to("/"), "begun", false);
    ASSERT_EQ(client.host.watched, ConnectionHost::Deadline::paused);
    client.host.pass(Milliseconds(29'000));
    client.run();
    EXPECT_EQ(client.answers[id].status(), "");
    client.host.pass(Milliseconds(1'000));
    client.run();
    EXPECT_EQ(client.answers[id].status(), "400");  // as the door of the test says it
    EXPECT_TRUE(client.host.is_connected());
}

TEST_F(Http2ConnectionTest, AnAnswerThatIsNotReadEndsItsStream) {
    door.answers = false;
    Http2TestClient client(door);
    const nghttp2_settings_entry none{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0};
    nghttp2_submit_settings(client.session(), NGHTTP2_FLAG_NONE, &none, 1);
    const auto id = client.request(post_to("/"), "x");
    first().writer->reply(text_answer(200, "never read"));
    client.run();
    client.host.pass(Milliseconds(30'000));
    client.run();
    EXPECT_EQ(client.answers[id].reset, std::uint32_t{NGHTTP2_CANCEL});
    EXPECT_TRUE(client.host.is_connected());
}

TEST_F(Http2ConnectionTest, UpgradeFromHttp1) {
    fuzz::MemoryClient wire;
    TestHost host(door);
    host.connect(wire);
    wire.send(
        "GET /ready HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n");
    wire.send(kPreface);
    wire.send(frame(NGHTTP2_SETTINGS, 0, 0, ""));
    host.run();
    EXPECT_THAT(wire.received(), testing::StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
    ASSERT_EQ(door.seen.size(), 1U);
    EXPECT_THAT(first().head, testing::StartsWith("GET /ready HTTP/1.1\r\n"));
    EXPECT_THAT(wire.received(), HasSubstr(frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, "OK")));
    wire.finish();
    host.run();
    for (int i = 0; i < 4 && host.is_connected(); ++i) host.pass(std::chrono::hours(1));
    EXPECT_FALSE(host.is_connected());
}

TEST_F(Http2ConnectionTest, APostThatOffersAnUpgradeIsAnsweredAsWhatItIs) {
    fuzz::MemoryClient wire;
    TestHost host(door);
    host.connect(wire);
    wire.send(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 2\r\n\r\n{}");
    host.run();
    EXPECT_THAT(wire.received(), testing::StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(first().body, "{}");
    wire.finish();
    host.run();
}

// Goal    what costs the client little and us much ends the connection, soon.
// Method  send each kind of it, as much as was the case in attacks that are known.
TEST_F(Http2ConnectionTest, FloodsEndTheConnection) {
    // HPACK: a POST to "/" with "host: a", without a table.
    const std::string head(
        "\x83\x86\x84\x41\x01"
        "a",
        6);
    struct Case {
        std::string name;
        std::function<std::string(std::uint32_t i)> bytes;  // of the i-th time
    };
    const Case cases[] = {
        {"rapid reset",
         [&](std::uint32_t i) {
             return frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 2 * i + 1, head) +
                    frame(NGHTTP2_RST_STREAM, 0, 2 * i + 1, std::string("\0\0\0\x8", 4));
         }},
        {"pings", [](std::uint32_t) { return frame(NGHTTP2_PING, 0, 0, "12345678"); }},
        {"settings", [](std::uint32_t) { return frame(NGHTTP2_SETTINGS, 0, 0, ""); }},
        {"empty data",
         [&](std::uint32_t i) {
             return (i == 0 ? frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, head) : "") +
                    frame(NGHTTP2_DATA, 0, 1, "");
         }},
        {"priorities",
         [](std::uint32_t i) {
             return frame(NGHTTP2_PRIORITY, 0, 2 * i + 1, std::string("\0\0\0\0\1", 5));
         }},
        {"windows",
         [](std::uint32_t) {
             return frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string("\0\0\0\1", 4));
         }},
        {"unknown frames", [](std::uint32_t) { return frame(0xbe, 0, 0, "x"); }},
        {"requests that are wrong, reset by us",
         [](std::uint32_t i) {
             // No path.
             return frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM,
                          2 * i + 1, "\x83\x86");
         }},
    };
    for (const auto& [name, bytes] : cases) {
        SCOPED_TRACE(name);
        fuzz::MemoryClient wire;  // which reads everything and believes nothing
        TestHost host(door);
        host.connect(wire);
        wire.send(kPreface);
        wire.send(frame(NGHTTP2_SETTINGS, 0, 0, ""));
        for (std::uint32_t i = 0; i < 20'000 && !wire.is_ended(); ++i) {
            wire.send(bytes(i));
            host.run();
        }
        EXPECT_EQ(last_goaway(wire.received()), std::uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
        EXPECT_LT(host.budget.taken(), 1U << 20);
        wire.finish();
        host.run();
        EXPECT_FALSE(host.is_connected());
    }
}

TEST_F(Http2ConnectionTest, ContinuationsWithoutEndEndTheConnection) {
    Http2TestClient client(door);
    client.run();
    client.send_raw(frame(NGHTTP2_HEADERS, 0, 1, "\x83\x86\x84"));
    for (int i = 0; i < 200 && !client.goaway; ++i) {
        client.send_raw(frame(NGHTTP2_CONTINUATION, 0, 1, ""));
    }
    EXPECT_EQ(client.goaway, std::uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
    EXPECT_THAT(door.seen, IsEmpty());
}

// Goal    a frame counts once, in however many pieces its head comes.
TEST_F(Http2ConnectionTest, ContinuationsThatComeByteByByteAreNotMoreOfThem) {
    Limits limits;
    limits.header_bytes = 1 << 10;  // 8 are allowed
    for (const int count : {8, 9}) {
        door.seen.clear();
        Http2TestClient client(door, limits);
        client.run();
        std::string all = frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, "\x83\x86");
        for (int i = 1; i < count; ++i) all += frame(NGHTTP2_CONTINUATION, 0, 1, "");
        all += frame(NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1,
                     "\x84\x41\x01"
                     "a");
        for (const char c : all) client.send_raw({&c, 1});
        EXPECT_EQ(client.goaway.has_value(), count > 8) << count;
        EXPECT_EQ(door.seen.size(), count > 8 ? 0U : 1U) << count;
    }
}

TEST_F(Http2ConnectionTest, AHeadThatStopsIsGivenUpInTime) {
    Http2TestClient client(door);
    client.run();
    client.send_raw(frame(NGHTTP2_HEADERS, 0, 1, "\x83\x86\x84"));
    client.host.pass(Milliseconds(10'000));
    client.run();
    EXPECT_EQ(client.goaway, std::uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
}

// Goal    a small head that becomes a large one keeps no memory.
// Method  put a long field into the table, then name it again and again.
TEST_F(Http2ConnectionTest, AHeaderBombEndsTheConnection) {
    Http2TestClient client(door);
    client.run();
    // A literal that is put into the table: name "x", value of 4000 bytes (7-bit prefix integer).
    std::string block(
        "\x83\x86\x84\x41\x01"
        "a\x40\x01x\x7f\xa1\x1e",
        12);
    block += std::string(4000, 'b');
    block += std::string(12'000, '\xbe');  // entry 62: the newest
    client.send_raw(
        frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, block));
    EXPECT_EQ(client.goaway, std::uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
    EXPECT_THAT(door.seen, IsEmpty());
    EXPECT_LT(client.host.budget.taken(), 1U << 20);
}

TEST_F(Http2ConnectionTest, WindowsThatOverflowAreErrors) {
    Http2TestClient client(door);
    client.run();
    client.send_raw(frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string("\x7f\xff\xff\xff", 4)));
    EXPECT_EQ(client.goaway, std::uint32_t{NGHTTP2_FLOW_CONTROL_ERROR});
}

TEST_F(Http2ConnectionTest, MoreStreamsThanAllowedAreRefused) {
    door.answers = false;
    Http2TestClient client(door);
    client.run();
    const std::string head(
        "\x83\x86\x84\x41\x01"
        "a",
        6);
    for (std::uint32_t i = 0; i < 200; ++i) {
        client.send_raw(frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM,
                              2 * i + 1, head));
    }
    EXPECT_LE(door.seen.size(), 128U);
}

TEST_F(Http2ConnectionTest, EverythingIsGivenBack) {
    {
        door.answers = false;
        Http2TestClient client(door);
        for (int i = 0; i < 20; ++i) client.request(post_to("/"), std::string(10'000, 'x'));
        client.wire.finish();
        client.run();
        EXPECT_TRUE(client.host.is_connected()) << "doors still answer";
        for (auto& seen : door.seen) seen->writer->reply(text_answer(200, "OK"));
        client.run();
        EXPECT_FALSE(client.host.is_connected());
        EXPECT_EQ(client.host.budget.taken(), 0U);
    }
    for (const auto& seen : door.seen) EXPECT_TRUE(seen->is_released);
    EXPECT_EQ(door.failure, "");
}

TEST_F(Http2ConnectionTest, BytesInAnyPiecesAreTheSame) {
    for (std::size_t piece = 1; piece < 40; piece += 7) {
        door.seen.clear();
        fuzz::MemoryClient wire;
        TestHost host(door);
        wire.takes = [piece](std::size_t bytes) { return std::min(bytes, piece); };
        host.connect(wire);
        std::string all(kPreface);
        all += frame(NGHTTP2_SETTINGS, 0, 0, "");
        all += frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1,
                     std::string("\x83\x86\x84\x41\x01"
                                 "a",
                                 6));
        all += frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, "body");
        for (std::size_t i = 0; i < all.size(); i += piece) wire.send(all.substr(i, piece));
        host.run();
        ASSERT_EQ(door.seen.size(), 1U);
        EXPECT_EQ(first().body, "body");
        EXPECT_THAT(wire.received(),
                    HasSubstr(frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1, "OK")));
        wire.finish();
        host.run();
        for (int i = 0; i < 4 && host.is_connected(); ++i) host.pass(std::chrono::hours(1));
        EXPECT_FALSE(host.is_connected());
    }
}

}  // namespace
}  // namespace millrace::http
