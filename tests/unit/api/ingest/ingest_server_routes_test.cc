// Goal    which source a request is for, who may send to it, and who has sent it.
// Method  a real server on a loopback port, a socket that sends exact bytes, a journal in memory.

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/ingest/ingest_server.h"
#include "tests/unit/api/ingest/server_fixture.h"

namespace millrace::ingest {
namespace {

using testing::HasSubstr;
using testing::Not;

using ServerRoutesTest = ServerFixture;

// Goal    what a Stream Load would do to the rows is not ignored; the names alone say so.
TEST_F(ServerRoutesTest, HeadersOfAStreamLoadAreRefused) {
    const auto port = start();
    for (const auto* line : {"label: a", "Where: id > 1", "COLUMNS: a,b", "two_phase_commit: true",
                             "label:", "where: 1\r\nlabel: 2"}) {
        SCOPED_TRACE(line);
        const auto answer = RawClient(port).ask(post(kPath, "x", line + std::string("\r\n")));
        EXPECT_EQ(answer.status, 400);
        EXPECT_THAT(answer.body, HasSubstr("stream.in.badRequest"));
        EXPECT_THAT(answer.body, HasSubstr("_stream_load"));
    }
    for (const auto* line : {"labels: a", "X-Label: a", "wherever: b", "column: c"}) {
        EXPECT_EQ(RawClient(port).ask(post(kPath, "x", line + std::string("\r\n"))).status, 200)
            << line;
    }
    EXPECT_EQ(
        RawClient(port).ask(post("/stream/1/shop/" + kSecret + "x", "x", "label: a\r\n")).status,
        404);
}

TEST_F(ServerRoutesTest, RoutesMethodsAndPaths) {
    RawClient client(start());
    const struct {
        std::string line;
        int status;
        std::string in_head;
        std::string body;
    } cases[] = {
        {"GET /health-check", 200, "text/plain", "OK\n"},
        {"OPTIONS /health-check", 200, "Allow: GET, HEAD, OPTIONS\r\n", ""},
        {"OPTIONS /ready", 200, "Allow: GET, HEAD, OPTIONS\r\n", ""},
        {"OPTIONS /", 200, "Allow: OPTIONS\r\n", ""},
        {"POST /health-check", 405, "Allow: GET, HEAD, OPTIONS\r\n", ""},
        {"PUT /ready", 405, "Allow: GET, HEAD, OPTIONS\r\n", ""},
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
    for (const auto* path : {"/health-check", "/ready"}) {
        client.send("HEAD " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n");
        const auto head = client.read_answer(false);
        EXPECT_EQ(head.status, 200) << path;
        EXPECT_TRUE(head.has("Content-Length: 3\r\n")) << "of what GET answers";
    }
    client.send("HEAD /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.read_answer(false).status, 404);
    EXPECT_EQ(client.ask("GET /health-check HTTP/1.1\r\n\r\n").status, 200);
}

TEST_F(ServerRoutesTest, TheSecretOfTheSourceIsNeverInAColumn) {
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

TEST_F(ServerRoutesTest, TheSecretMayBeABearerTokenInstead) {
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

// Goal    scripts may send with cookies along, as beacons do: then a browser takes no "*".
TEST_F(ServerRoutesTest, AScriptOfAnotherSiteMaySendAndReadItsAnswer) {
    RawClient client(start());
    const std::string origin = "Origin: https://shop.example\r\n";
    const auto expect_readable = [](const RawAnswer& answer) {
        EXPECT_TRUE(answer.has("Access-Control-Allow-Origin: https://shop.example\r\n"));
        EXPECT_TRUE(answer.has("Access-Control-Allow-Credentials: true\r\n"));
        EXPECT_TRUE(answer.has("Vary: Origin\r\n"));
    };
    for (const auto& path : {kPath, std::string("/health-check"), std::string("/ready")}) {
        SCOPED_TRACE(path);
        const auto line = "OPTIONS " + path + " HTTP/1.1\r\n";
        const auto preflight =
            client.ask(line + origin +
                       "Access-Control-Request-Method: POST\r\n"
                       "Access-Control-Request-Headers: content-type,x-mine\r\n\r\n");
        expect_readable(preflight);
        EXPECT_TRUE(preflight.has("Access-Control-Allow-Headers: content-type,x-mine\r\n"));
        EXPECT_TRUE(preflight.has("Access-Control-Max-Age: 86400\r\n"));
        EXPECT_TRUE(preflight.has("Vary: Access-Control-Request-Headers\r\n"));
        const auto unasked = client.ask(line + origin + "\r\n");
        EXPECT_TRUE(unasked.has("Access-Control-Allow-Headers: *, Authorization\r\n"));
    }
    for (const auto& [path, status] :
         {std::pair(kPath, 200), {kPath + "?verbose=true", 200}, {kPath + "x", 404}}) {
        SCOPED_TRACE(path);
        const auto answer = client.ask(post(path, "x", origin));
        EXPECT_EQ(answer.status, status);
        expect_readable(answer);
        EXPECT_THAT(answer.head, HasSubstr("Access-Control-Expose-Headers: Accept-Encoding, Ack,"))
            << "each by its name";
        EXPECT_FALSE(client.ask(post(path, "x")).has("Access-Control")) << "nobody asks";
    }
    // A page of a file or a sandbox has this origin.
    EXPECT_TRUE(client.ask(post(kPath, "x", "Origin: null\r\n"))
                    .has("Access-Control-Allow-Origin: null\r\n"));
}

TEST_F(ServerRoutesTest, TheClientOfATrustedProxyIsWhoItSays) {
    const std::vector<TestSink> sinks = {{.id = "ips", .columns = {ip_column()}}};
    proxies_.trusted = parse_networks("127.0.0.1").value();
    {
        RawClient client(start(sinks));
        client.ask(post(kPath, "x", "X-Forwarded-For: 1.1.1.1, 192.0.2.7\r\n"));
        client.ask(post(kPath, "x", "X-Forwarded-For: 192.0.2.8\r\n"));
        client.ask(post(kPath, "x"));
    }
    EXPECT_EQ(journal_.csv(), "\"192.0.2.7\"\n\"192.0.2.8\"\n\"127.0.0.1\"\n");

    proxies_.trusted = parse_networks("10.0.0.0/8").value();
    server_.reset();
    RawClient client(start(sinks));
    client.ask(post(kPath, "x", "X-Forwarded-For: 192.0.2.9\r\n"));
    EXPECT_THAT(journal_.csv(), Not(HasSubstr("192.0.2.9"))) << "the peer is not trusted";
}

TEST_F(ServerRoutesTest, ASourceWithABrokenSinkIs503OnlyWithItsSecret) {
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

TEST_F(ServerRoutesTest, DisabledSourceIsNotFoundOnlyWithItsSecret) {
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

TEST_F(ServerRoutesTest, TheRouteThatIsServedWhenTheBodyCameCounts) {
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

TEST_F(ServerRoutesTest, APublishedRouteIsServedAfterTheRowsOfTheOldOneWereHandedOver) {
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

}  // namespace
}  // namespace millrace::ingest
