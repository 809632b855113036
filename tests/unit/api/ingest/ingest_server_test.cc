// Goal    the data plane answers whatever becomes of journal, clients and itself, and serves the
//         next request.
// Method  a real server on a loopback port, a socket that sends exact bytes, a journal in memory.

#include "api/ingest/ingest_server.h"

#include <gmock/gmock.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "tests/unit/api/ingest/server_fixture.h"

namespace millrace::ingest {
namespace {

using testing::HasSubstr;
using testing::Not;

using ServerTest = ServerFixture;

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
                             .make_rng = [] { return std::make_unique<test::CountingRng>(); },
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
