#include "core/pipeline/request.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/pipeline/recent_requests.h"
#include "tests/support/source_routes.h"

namespace millrace::pipeline {
namespace {

// What one door hears.
class RecordingListener final : public Listener {
public:
    void ended(const Request& request, const Place& /*place*/) override {
        ++calls;
        if (request.outcome.error) error = request.outcome.error->name();
        code = request.outcome.error ? std::optional(request.outcome.error->code()) : std::nullopt;
    }
    std::string to_remember(const Request& /*request*/) override { return "remembered"; }
    std::uint64_t replayed(const std::string& remembered) override {
        ++calls;
        replay = remembered;
        sent.assign(sent.size(), '-');  // the connection reads on into its buffer
        return 3;
    }

    int calls = 0;
    std::string error;
    std::optional<Code> code;
    std::string replay;
    std::string sent;  // the bytes of the request
};

class RequestTest : public testing::Test {
protected:
    RequestPtr make() { return pool_.make(route_, listener_); }

    std::shared_ptr<const SourceRoute> route_ =
        make_route({{.id = "a", .columns = {body_column()}}});
    RecordCounters counters_;
    RecordingListener listener_;
    RequestPool pool_{counters_};
};

TEST_F(RequestTest, OneThatIsDroppedEndsWithAnError) {
    make().reset();
    EXPECT_EQ(listener_.calls, 1);
    EXPECT_EQ(listener_.code, Code::internal);
    EXPECT_EQ(counters_.failed.value(), 1U);
}

TEST_F(RequestTest, OneThatCameBeforeIsSeenBeforeItsBytesGoWithTheAnswer) {
    RecentRequests recent;
    const auto route = std::const_pointer_cast<SourceRoute>(route_);
    route->tap = recent.of(route->key);
    listener_.sent = "the body";
    auto request = pool_.make(route_, listener_);
    request->record.body = listener_.sent;
    request->has_record = true;
    request->replay("remembered");
    const auto found = route->tap->newest(SourceTap::Wanted::all, 0, 10);
    ASSERT_EQ(found.requests.size(), 1U);
    EXPECT_EQ(found.requests[0]->body, "the body");
    EXPECT_TRUE(found.requests[0]->is_duplicate);
    request.reset();
    route->tap.reset();  // before the others
}

TEST_F(RequestTest, ItEndsOnce) {
    {
        auto request = make();
        request->outcome.accepted = 1;
        request->end({});
        request->fail(Error(Code::unavailable, "too late"));
    }
    EXPECT_EQ(listener_.calls, 1);
    EXPECT_EQ(listener_.code, std::nullopt);
    EXPECT_EQ(counters_.accepted.value(), 1U);
}

TEST_F(RequestTest, NobodyIsCalledWhenThePoolIsClosed) {
    auto request = make();
    pool_.close();
    request.reset();
    EXPECT_EQ(listener_.calls, 0);
}

TEST_F(RequestTest, ARecordThatIsHeldHasTextsOfItsOwn) {
    auto request = make();
    {
        const std::string ip = "192.0.2.1";
        const std::string subject = "CN=device-7";
        const std::string_view shown = subject;
        request->record = {.client_ip = ip, .headers = {}, .client_certificate = &shown};
        request->hold_record();
    }
    EXPECT_EQ(request->record.client_ip, "192.0.2.1");
    ASSERT_NE(request->record.client_certificate, nullptr);
    EXPECT_EQ(*request->record.client_certificate, "CN=device-7");
    request->release_record();
    EXPECT_EQ(request->record.client_certificate, nullptr);
}

TEST_F(RequestTest, OneThatIsUsedAgainIsLikeNew) {
    auto request = make();
    const auto* const first = request.get();
    const std::vector<RequestHeader> headers = {{.name = "a", .value = "b"}};
    request->record = {.client_ip = "192.0.2.1", .headers = headers, .body = "body"};
    request->hold_record();
    request->ack = Ack::memory;
    request->waits_as = 7;
    request->outcome = {.retry_after = Milliseconds(1),
                        .records = 5,
                        .accepted = 4,
                        .kept = 3,
                        .is_stored = true,
                        .is_synced = false,
                        .reached = Ack::cache};
    request->outcome.sinks.resize(1);
    request->refuse(Error(Code::invalid, "no").named("stream.in.badRequest"));
    EXPECT_EQ(listener_.error, "stream.in.badRequest");
    EXPECT_EQ(counters_.rejected.value(), 1U);
    request.reset();

    request = make();
    ASSERT_EQ(request.get(), first);
    EXPECT_FALSE(request->outcome.error);
    EXPECT_TRUE(request->outcome.sinks.empty());
    EXPECT_EQ(request->outcome.retry_after, Milliseconds(0));
    EXPECT_EQ(request->outcome.records, 1U);
    EXPECT_EQ(request->outcome.accepted, 0U);
    EXPECT_EQ(request->outcome.kept, 0U);
    EXPECT_FALSE(request->outcome.is_stored);
    EXPECT_TRUE(request->outcome.is_synced);
    EXPECT_EQ(request->outcome.reached, Ack::disk);
    EXPECT_EQ(request->ack, std::nullopt);
    EXPECT_EQ(request->waits_as, std::nullopt);
    EXPECT_EQ(request->bytes(), 0U);
    request->end({});
}

TEST_F(RequestTest, ARecordThatIsHeldOutlivesItsBuffers) {
    auto request = make();
    {
        const std::string body = "a body that is longer than a short string";
        const std::string name = "a name that is longer than a short string";
        const std::vector<RequestHeader> headers = {{.name = name, .value = body}};
        request->record = {
            .client_ip = name, .headers = headers, .content_type = name, .body = body};
        request->hold_record();
        request->hold_record();
    }
    EXPECT_EQ(request->record.body, "a body that is longer than a short string");
    ASSERT_EQ(request->record.headers.size(), 1U);
    EXPECT_EQ(request->record.headers[0].name, request->record.client_ip);
    EXPECT_EQ(request->bytes(), 4 * 41U + 41U);
    request->end({});
}

TEST_F(RequestTest, AShortRecordIsHeldToo) {
    auto request = make();
    {
        const std::string body = "2";
        request->record = {.body = body};
        request->hold_record();
    }
    EXPECT_EQ(request->record.body, "2");
    request->release_record();
    EXPECT_EQ(request->record.body, "");
    EXPECT_EQ(request->bytes(), 0U);
    request->end({});
}

TEST_F(RequestTest, AReplayCountsAsDuplicates) {
    make()->replay("remembered");
    EXPECT_EQ(listener_.replay, "remembered");
    EXPECT_EQ(listener_.calls, 1);
    EXPECT_EQ(counters_.duplicate.value(), 3U);
    EXPECT_EQ(route_->sinks[0].counters->counts().duplicate, 3U);
}

}  // namespace
}  // namespace millrace::pipeline
