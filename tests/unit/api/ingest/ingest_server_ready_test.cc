// Goal    /ready says whether a record would be taken now, however many ask.
// Method  a real server on a loopback port, a socket that sends exact bytes, a journal in memory.

#include <gmock/gmock.h>

#include <string>

#include "api/ingest/ingest_server.h"
#include "tests/unit/api/ingest/server_fixture.h"

namespace millrace::ingest {
namespace {

using testing::HasSubstr;

using ServerReadyTest = ServerFixture;

TEST_F(ServerReadyTest, ReadyAppendsToTheJournalAndSaysWhyNot) {
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

TEST_F(ServerReadyTest, ManyWhoAskAtOnceShareOneProbe) {
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

TEST_F(ServerReadyTest, ReadyIsAnsweredThoughTheJournalIsNot) {
    start();
    journal_.hold();
    RawClient client(port_);
    const auto answer = client.ask("GET /ready HTTP/1.1\r\n\r\n");
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("stream.in.volumeStalled"));
    journal_.release();
    EXPECT_EQ(client.ask("GET /ready HTTP/1.1\r\n\r\n").status, 200);
}

}  // namespace
}  // namespace millrace::ingest
