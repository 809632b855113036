// Goal    what a source asks of who sends to it: methods, certificates, registrations; and who
//         guesses secrets is slowed down.
// Method  a real server on a loopback port; sources with settings of their kind.

#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/api/ingest/server_fixture.h"

namespace millrace::ingest {
namespace {

using testing::HasSubstr;

constexpr const char* kMeta =
    R"({"preset":"meta","secrets":{"signature":["s"],"verifyToken":"mine"}})";

Column certificate_column() {
    Column column;
    column.type = ColumnType::client_certificate;
    column.name = "client";
    column.default_value = "nobody";
    return column;
}

class ServerRulesTest : public ServerFixture {
protected:
    void serve(SettingOverrides settings, std::string details = "{}",
               std::vector<Column> columns = {body_column()}) {
        make(1);
        const auto sinks = make_route({{.id = "all", .columns = columns}})->sinks;
        publish(std::make_shared<pipeline::SourceRoute>(pipeline::SourceRoute{
            .key = {.project = ProjectId(1), .branch = BranchId(2), .source = SourceId("shop")},
            .details = std::move(details),
            .secret = Secret(kSecret),
            .kind_settings = std::move(settings),
            .asks_more = true,
            .sinks = sinks,
            .mapper = mapping::SourceMapper::compile({columns}, {}).value()}));
        run();
    }
    RawAnswer ask(const std::string& method, const std::string& path,
                  const std::string& body = {}) {
        RawClient client(port_);
        client.send(method + " " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
        return client.read_answer(method != "HEAD");
    }
};

TEST_F(ServerRulesTest, EventsComeByTheMethodsOfTheSource) {
    serve({{"source.http.methods", std::string("PUT, GET")}});
    EXPECT_EQ(ask("PUT", kPath, "by-put").status, 200);
    EXPECT_EQ(ask("GET", kPath + "?a=1").status, 200);
    EXPECT_EQ(ask("GET", kPath).status, 200);
    for (const auto* const method : {"POST", "PATCH", "DELETE", "HEAD", "put", "GETS"}) {
        const auto answer = ask(method, kPath);
        EXPECT_EQ(answer.status, 405) << method;
        EXPECT_TRUE(answer.has("Allow: OPTIONS, PUT, GET\r\n")) << answer.head;
    }
    EXPECT_TRUE(ask("OPTIONS", kPath).has("Allow: OPTIONS, PUT, GET\r\n"));
    for (const auto* const method : {"GET", "PUT", "OPTIONS"}) {
        const auto answer = ask(method, kPath + "x");
        EXPECT_TRUE(answer.has("Allow: OPTIONS, POST\r\n")) << "who has no secret is told nothing";
    }
    EXPECT_EQ(journal_.csv(), "\"by-put\"\n\"\"\n\"\"\n");
}

TEST_F(ServerRulesTest, ARegistrationMayBeLookedAtWithHead) {
    serve({}, kMeta);
    const auto path = kPath + "?hub.mode=subscribe&hub.verify_token=mine&hub.challenge=1158";
    EXPECT_EQ(ask("GET", path).body, "1158");
    const auto looked = ask("HEAD", path);
    EXPECT_EQ(looked.status, 200);
    EXPECT_TRUE(looked.has("Content-Length: 4\r\n")) << looked.head;
    EXPECT_EQ(ask("HEAD", kPath + "?hub.mode=subscribe").status, 405);
    EXPECT_EQ(ask("HEAD", kPath).status, 405);
    EXPECT_EQ(ask("PUT", path).status, 405);
    EXPECT_EQ(server_->counters().challenges, 2U);
    EXPECT_EQ(journal_.csv(), "");
}

// Goal    wrong signatures that come in a flood wait, so that they cost others little.
// Method  one connection sends many at once. Of a connection one request is answered at a time, so
//         that between two ticks one more than IngestDoor answers at once has an answer: 202 of
//         them take two ticks, which are an eighth of the shortest limit apart.
TEST_F(ServerRulesTest, WrongSignaturesInAFloodWaitForTheNextTick) {
    limits_.header_time = Milliseconds(1600);
    serve({}, R"({"preset":"github","secrets":{"signature":["s"]}})");
    constexpr int kCount = 210;
    const auto started = std::chrono::steady_clock::now();
    RawClient flood(port_);
    std::string requests;
    for (int i = 0; i < kCount; ++i) {
        requests += "POST " + kPath + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx";
    }
    flood.send(requests);
    for (int i = 0; i < kCount; ++i) ASSERT_EQ(flood.read_answer().status, 401) << i;
    const auto took = std::chrono::steady_clock::now() - started;
    EXPECT_GE(took, limits_.header_time / 8);
    EXPECT_EQ(server_->counters()
                  .bad_signatures[static_cast<std::size_t>(webhooks::BadSignature::missing)],
              std::uint64_t{kCount});
}

// A client that goes away while its refusal waits is forgotten.
TEST_F(ServerRulesTest, AFloodThatGoesAwayIsForgotten) {
    serve({}, R"({"preset":"github","secrets":{"signature":["s"]}})");
    const auto request = "POST " + kPath + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx";
    for (int round = 0; round < 3; ++round) {
        std::vector<std::unique_ptr<RawClient>> clients;
        for (int i = 0; i < 120; ++i) {
            clients.push_back(std::make_unique<RawClient>(port_));
            clients.back()->send(request);
        }
        clients.resize(60);
        for (auto& client : clients) EXPECT_EQ(client->read_answer().status, 401);
    }
    EXPECT_EQ(ask("POST", kPath, "x").status, 401);
}

TEST_F(ServerRulesTest, OverPlainHttpNobodyHasACertificate) {
    serve({{"source.http.clientCertificate", std::string("required")}}, kMeta);
    const auto answer = ask("POST", kPath, "x");
    EXPECT_EQ(answer.status, 403);
    EXPECT_THAT(answer.body, HasSubstr("stream.in.clientCertificateRequired"));
    EXPECT_EQ(ask("POST", kPath + "x", "x").status, 404) << "who has no secret is told nothing";
    const auto path = kPath + "?hub.mode=subscribe&hub.verify_token=mine&hub.challenge=1158";
    EXPECT_EQ(ask("GET", path).status, 403);
    EXPECT_EQ(journal_.csv(), "");
}

TEST_F(ServerRulesTest, AColumnOfACertificateThatIsNotThereHasItsDefault) {
    serve({}, "{}", {certificate_column()});
    EXPECT_EQ(ask("POST", kPath, "x").status, 200);
    EXPECT_EQ(journal_.csv(), "\"nobody\"\n");
}

TEST_F(ServerRulesTest, WhoGuessesSecretsIsToldToWait) {
    access::WrongTokens wrong(clock_, access::WrongTokens::Of::secrets);
    wrong_secrets_ = &wrong;
    proxies_.trusted = parse_networks("127.0.0.1").value();
    start();
    RawClient client(port_);
    const auto guess = [&](const std::string& from) {
        return client.ask(post(kPath + "x", "x", "X-Forwarded-For: " + from + "\r\n"));
    };
    for (int i = 0; i < 10; ++i) EXPECT_EQ(guess("192.0.2.7").status, 404);
    const auto told = guess("192.0.2.7");
    EXPECT_EQ(told.status, 429);
    EXPECT_THAT(told.body, HasSubstr("stream.in.tooManyWrongSecrets"));
    EXPECT_TRUE(told.has("Retry-After: 1\r\n")) << told.head;
    EXPECT_EQ(guess("192.0.2.8").status, 404) << "another address";
    EXPECT_EQ(client.ask(post(kPath, "x", "X-Forwarded-For: 192.0.2.7\r\n")).status, 200)
        << "a right secret is not asked about it";
    EXPECT_EQ(client.ask(post("/stream/1/other/" + kSecret, "x")).status, 404);
    EXPECT_EQ(wrong.count(), 13U);
    EXPECT_EQ(client.ask(post("/nothing", "x")).status, 404);
    EXPECT_EQ(wrong.count(), 13U) << "it has no secret at all";
    server_.reset();  // before what counts
}

}  // namespace
}  // namespace millrace::ingest
