// Goal    what a request of an exporter hands to the journal, and how it is answered.
// Method  heads and bodies without sockets; a journal that ends its batches when the test says so.

#include "api/otlp/otlp_door.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/api/ingest/door_fixture.h"
#include "tests/unit/api/otlp/seen_stream.h"
#include "tests/unit/core/otlp/wire_bytes.h"

namespace millrace::otlp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

Column path_column(std::string path) {
    Column column;
    column.type = ColumnType::path;
    column.name = "p";
    column.path = std::move(path);
    column.raw_string = true;
    return column;
}

using Route = std::shared_ptr<const pipeline::SourceRoute>;

Route otlp_route(const std::array<Route, kSignals.size()>& by_signal) {
    auto mapper = mapping::SourceMapper::compile({}, {}, mapping::SecretHeaders::left_out);
    return std::make_shared<const pipeline::SourceRoute>(
        pipeline::SourceRoute{.key = by_signal[0]->key,
                              .kind = kOtlpSource,
                              .secret = Secret(kSecret),
                              .enabled = true,
                              .mapper = std::move(mapper).value(),
                              .by_signal = by_signal});
}

Route seen_route(const std::shared_ptr<pipeline::SourceTap>& tap,
                 const std::array<Route, kSignals.size()>& by_signal) {
    auto mapper = mapping::SourceMapper::compile({}, {}, mapping::SecretHeaders::left_out);
    return std::make_shared<const pipeline::SourceRoute>(pipeline::SourceRoute{
        .key = {.project = ProjectId(1), .branch = BranchId(2), .source = SourceId("shop")},
        .kind = kOtlpSource,
        .secret = Secret(kSecret),
        .enabled = true,
        .tap = tap,
        .mapper = std::move(mapper).value(),
        .by_signal = by_signal});
}

// A head as a connection has it.
class Head {
public:
    Head(http::Method method, std::string_view target,
         const std::vector<std::pair<std::string, std::string>>& headers) {
        head_.method = method;
        bytes_ = "POST ";
        head_.target = add(target);
        bytes_ += " HTTP/1.1\r\n";
        for (const auto& [name, value] : headers) {
            const auto name_piece = add(name);
            bytes_ += ": ";
            const auto value_piece = add(value);
            bytes_ += "\r\n";
            head_.headers.push_back({.name = name_piece, .value = value_piece});
            if (name == "Content-Type") head_.content_type = value_piece;
            if (name == "Content-Encoding") head_.content_encoding = value_piece;
            if (name == "Authorization") head_.authorization = value_piece;
        }
    }

    http::RequestView view() const {
        return {.head = head_, .head_bytes = bytes_, .peer_ip = "10.0.0.1"};
    }

private:
    http::Piece add(std::string_view text) {
        const http::Piece piece{.offset = static_cast<std::uint32_t>(bytes_.size()),
                                .length = static_cast<std::uint32_t>(text.size())};
        bytes_ += text;
        return piece;
    }

    std::string bytes_;
    http::RequestHead head_;
};

class OtlpDoorTest : public ingest::DoorTest {
protected:
    OtlpDoorTest() : DoorTest(1 << 20) {
        SourceSettings settings;
        settings.bad_records = BadRecords::skip;
        const auto logs = make_route({{.id = "a", .columns = {path_column("body")}},
                                      {.id = "b", .columns = {path_column("attributes.user")}}},
                                     true, 1, settings);
        const auto all = make_route({{.id = "c", .columns = {body_column()}}}, true, 1, settings);
        serve(otlp_route({logs, make_route({}), all}));
    }

    void post(std::string_view target, std::string_view type, std::string_view body,
              std::vector<std::pair<std::string, std::string>> more = {}) {
        if (!type.empty()) more.emplace_back("Content-Type", type);
        const Head head(http::Method::post, target, more);
        const auto view = head.view();
        ASSERT_TRUE(door_.serves(view));
        exchange_ = door_.begin(view, one_);
        exchange_->receive(view, body);
    }
    std::string url(std::string_view signal) {
        return "/otlp/1/shop/" + kSecret + "/v1/" + std::string(signal);
    }
    int status() const { return one_.statuses.empty() ? 0 : one_.statuses.back(); }

    doors::RefusalLog refusal_log_{clock_};
    OtlpDoor door_{intake_,
                   {.clock = clock_,
                    .body_bytes_max = 1 << 20,
                    .records_bytes_max = 4 << 20,
                    .part_bytes = 4 << 10,
                    .proxies = {},
                    .refusal_log = refusal_log_}};
    http::ExchangePtr exchange_;
};

constexpr std::string_view kProtobuf = "application/x-protobuf";

std::string log(std::string_view text, std::string_view user) {
    auto record = field(5, field(1, text));
    if (!user.empty()) record += field(6, field(1, "user") + field(2, field(1, user)));
    return field(2, record);
}

std::string logs(const std::vector<std::pair<std::string, std::string>>& records) {
    std::string all;
    for (const auto& [text, user] : records) all += log(text, user);
    return field(1, field(2, all));
}

TEST_F(OtlpDoorTest, RecordsAreRowsOfEachSinkAndAreAnsweredWhenTheyAreDurable) {
    post(url("logs"), kProtobuf, logs({{"x", "anna"}, {"y", "ben"}}));
    run_posted();
    EXPECT_EQ(status(), 0);
    ASSERT_THAT(journal_.csv(), ElementsAre("\"x\"\n\"y\"\n\"anna\"\n\"ben\"\n"));
    complete();
    EXPECT_EQ(status(), 200);
    EXPECT_EQ(one_.body, "");
    EXPECT_THAT(one_.reply_headers,
                StartsWith("Content-Type: application/x-protobuf\r\nAck: disk\r\n"));
}

// Goal    a request whose rows are more than one write is stored all the same, and answered when
//         all of it is; of its records the numbers count on.
// Method  parts of 2 KB, as there are two sinks; three records of 1 KB, the last without a user.
TEST_F(OtlpDoorTest, ALargeRequestIsStoredInParts) {
    const std::string large(1000, 'x');
    post(url("logs"), kProtobuf, logs({{large, "anna"}, {large, "ben"}, {large, ""}}));
    run_posted();
    ASSERT_THAT(journal_.csv(),
                ElementsAre(fmt::format("\"{0}\"\n\"{0}\"\n\"anna\"\n\"ben\"\n\"{0}\"\n", large)));
    EXPECT_EQ(status(), 0);
    complete();
    EXPECT_EQ(one_.statuses.size(), 1U);
    EXPECT_EQ(status(), 200);
    EXPECT_THAT(one_.body, HasSubstr("1 of 3 records rejected; first error: record 3: "));
    EXPECT_THAT(one_.reply_headers, HasSubstr("Ack: disk\r\n"));
}

// Goal    a request does not fill the backlog by itself: two parts are on their way at one time,
//         and the others are as they were when their turn comes, whatever came meanwhile.
TEST_F(OtlpDoorTest, OfALargeRequestTwoPartsAreOnTheirWay) {
    std::vector<std::pair<std::string, std::string>> records;
    for (int i = 0; i < 5; ++i)
        records.emplace_back(std::string(2000, static_cast<char>('a' + i)),
                             fmt::format("user{}", i));
    post(url("logs"), kProtobuf, logs(records), {{"X-More", "1"}});
    ingest::RecordingRequester second;
    const Head head(http::Method::post, url("logs"), {{"Content-Type", std::string(kProtobuf)}});
    const auto view = head.view();
    auto exchange = door_.begin(view, second);
    exchange->receive(view, logs({{"meanwhile", "other"}}));
    std::string all;
    std::vector<std::size_t> rows;
    for (int turn = 0; turn < 9 && status() == 0; ++turn) {
        run_posted();
        auto batches = std::exchange(journal_.batches, {});
        for (auto& batch : batches) {
            all += batch.csv;
            rows.push_back(static_cast<std::size_t>(std::ranges::count(batch.csv, '\n')));
            batch.done({});
        }
    }
    EXPECT_EQ(status(), 200);
    EXPECT_EQ(second.statuses, std::vector{200});
    // Two rows of each of two parts, and those of the other request; then of two, and of one.
    EXPECT_EQ(rows, (std::vector<std::size_t>{6, 4, 2}));
    for (const auto& [text, user] : records) {
        EXPECT_THAT(all, HasSubstr(fmt::format("\"{}\"\n", text)));
        EXPECT_THAT(all, HasSubstr(fmt::format("\"{}\"\n", user)));
    }
}

// Goal    a part waits for room in the journal, as others of its request may be stored.
TEST_F(OtlpDoorTest, APartOfALargeRequestWaitsForRoom) {
    const std::string large(2000, 'x');
    post(url("logs"), kProtobuf, logs({{large, "anna"}, {large, "ben"}, {large, "carl"}}));
    journal_.refusal = Error(Code::overloaded, "a queue is full");
    run_posted();
    intake_.tick({});
    run_posted();
    EXPECT_EQ(status(), 0);
    journal_.refusal.reset();
    intake_.tick({});
    complete();
    complete();
    EXPECT_EQ(one_.statuses, std::vector{200});
}

// Goal    records are never mapped by a route that is gone: the request is to be sent again.
TEST_F(OtlpDoorTest, ALargeRequestEndsWhereItsSourceChanges) {
    const std::string large(2000, 'x');
    post(url("logs"), kProtobuf, logs({{large, "anna"}, {large, "ben"}, {large, "carl"}}));
    run_posted();
    const auto other = make_route({{.id = "a", .columns = {path_column("body")}}});
    serve(otlp_route({other, other, other}));
    complete();
    run_posted();
    EXPECT_EQ(one_.statuses, std::vector{503});
    EXPECT_EQ(journal_.batches.size(), 1U);
}

// Goal    where a part cannot be stored now the whole request is to be sent again.
TEST_F(OtlpDoorTest, ALargeRequestIsSentAgainWhereAPartFails) {
    const std::string large(2000, 'x');
    post(url("logs"), kProtobuf, logs({{large, "anna"}, {large, "ben"}}));
    run_posted();
    journal_.batches.at(0).done(Error(Code::overloaded, "full").named("stream.in.diskFull"));
    journal_.batches.clear();
    run_posted();
    EXPECT_EQ(one_.statuses, std::vector{503});
    EXPECT_THAT(one_.reply_headers, HasSubstr("Retry-After"));

    journal_.refusal = Error(Code::unavailable, "failed");
    post(url("logs"), kProtobuf, logs({{large, "anna"}, {large, "ben"}}));
    run_posted();
    EXPECT_EQ(one_.statuses, (std::vector{503, 503}));
}

// Goal    a part that is too large alone is told among the records that were not taken.
TEST_F(OtlpDoorTest, APartThatIsTooLargeIsRejected) {
    const std::string large(3 << 20, 'x');
    post(url("logs"), kProtobuf, logs({{"x", "anna"}, {large, "ben"}, {"y", "carl"}}));
    run_posted();
    if (!journal_.batches.empty()) complete();
    EXPECT_EQ(status(), 200);
    EXPECT_THAT(one_.body, HasSubstr(" of 3 records rejected; first error: record "));
}

// Goal    a request with a key is one write, and is answered as before when it is sent again.
TEST_F(OtlpDoorTest, ALargeRequestWithAKeyIsNotDivided) {
    const std::string large(2000, 'x');
    const auto body = logs({{large, "anna"}, {large, "ben"}});
    post(url("logs"), kProtobuf, body, {{"Idempotency-Key", "k"}});
    run_posted();
    complete();
    EXPECT_EQ(status(), 200);
    EXPECT_THAT(one_.reply_headers, HasSubstr("Receipt: "));
    post(url("logs"), kProtobuf, body, {{"Idempotency-Key", "k"}});
    run_posted();
    EXPECT_EQ(status(), 200);
    EXPECT_THAT(one_.reply_headers, HasSubstr("Idempotency-Replayed: true"));
    EXPECT_EQ(journal_.batches.size(), 1U);
}

// Goal    a request that waits for a template has its own values then, not those of the next one,
//         which the door has flattened meanwhile.
TEST_F(OtlpDoorTest, ARequestThatWaitsKeepsItsValues) {
    Column general;
    general.type = ColumnType::jsonnet;
    general.name = "t";
    general.template_text = "std.length(Body())";
    const auto waits = make_route({{.id = "a", .columns = {path_column("body"), general}}});
    serve(otlp_route({waits, waits, waits}));
    evaluator_.held = true;
    post(url("logs"), kProtobuf, logs({{"first", ""}}));
    ASSERT_EQ(evaluator_.waiting.size(), 1U);
    ingest::RecordingRequester second;
    const Head head(http::Method::post, url("logs"), {{"Content-Type", std::string(kProtobuf)}});
    const auto view = head.view();
    auto exchange = door_.begin(view, second);
    exchange->receive(view, logs({{"it is another one", ""}, {"and more", ""}}));
    evaluator_.answer_next();
    run_posted();
    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_THAT(journal_.batches[0].csv, StartsWith("\"first\","));
    evaluator_.answer_next();
    run_posted();
    for (auto& batch : journal_.batches) batch.done({});
    run_posted();
    EXPECT_EQ(status(), 200);
    EXPECT_EQ(second.statuses, std::vector{200});
}

TEST_F(OtlpDoorTest, SomeBadRecordsAreAPartialSuccess) {
    post(url("logs"), "application/json",
         R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}},
            {"body":{"stringValue":"y"},"attributes":[{"key":"user","value":{"stringValue":"ben"}}]}]}]}]})");
    run_posted();
    ASSERT_THAT(journal_.csv(), ElementsAre("\"x\"\n\"y\"\n\"ben\"\n"));
    complete();
    EXPECT_EQ(status(), 200);
    EXPECT_THAT(one_.body, HasSubstr(R"("rejectedLogRecords":"1")"));
    EXPECT_THAT(one_.body, HasSubstr("1 of 2 records rejected; first error: record 1: "));
}

TEST_F(OtlpDoorTest, OnlyBadRecordsAreRefused) {
    post(url("logs"), "application/json",
         R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{}]}]}]})");
    run_posted();
    if (!journal_.batches.empty()) complete();
    EXPECT_EQ(status(), 422);
    EXPECT_THAT(one_.body, HasSubstr("1 of 1 records rejected"));
}

TEST_F(OtlpDoorTest, RejectsThatAreFullAreTold) {
    SourceSettings settings;
    settings.bad_records = BadRecords::skip;
    const auto keeps = make_route({{.id = "b",
                                    .columns = {path_column("attributes.user")},
                                    .rejects = {.keep = true,
                                                .bounds = {.count = 1, .bytes = 1 << 20},
                                                .age = std::chrono::hours(1)}}},
                                  true, 1, settings);
    serve(otlp_route({keeps, keeps, keeps}));
    const auto send = [this](const std::vector<std::pair<std::string, std::string>>& records) {
        post(url("logs"), kProtobuf, logs(records));
        run_posted();
        rejects_.executor.run_ready();
        run_posted();
        if (!journal_.batches.empty()) complete();
    };
    send({{"x", ""}});
    EXPECT_EQ(status(), 200);
    EXPECT_THAT(one_.body, HasSubstr("1 of 1 records kept as rejects; first error: record 1: "));
    EXPECT_THAT(one_.body, testing::Not(HasSubstr("full")));
    send({{"y", ""}});
    EXPECT_EQ(status(), 422);
    EXPECT_THAT(one_.body, HasSubstr("not found in the body. It could not be kept: the rejects of "
                                     "the sink are full."));
    send({{"z", ""}, {"z", "anna"}});
    EXPECT_EQ(status(), 200);
    EXPECT_THAT(one_.body, HasSubstr("1 of 2 records rejected; first error: record 1: "));
    EXPECT_THAT(one_.body, HasSubstr(" the rejects of the sink are full."));
}

TEST_F(OtlpDoorTest, ASignalThatNoSinkTakesIsAWarning) {
    post(
        url("metrics"), "application/json",
        R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{}]}}]}]}]})");
    run_posted();
    EXPECT_EQ(status(), 200);
    EXPECT_THAT(one_.body, HasSubstr("no enabled sink of the source takes metrics"));
    EXPECT_THAT(one_.reply_headers, HasSubstr("Ack: none"));
    EXPECT_THAT(journal_.batches, IsEmpty());
}

TEST_F(OtlpDoorTest, TheSecretMayBeInTheHeader) {
    const auto empty = std::string("/otlp/1/shop/v1/traces");
    post(empty, kProtobuf, "", {{"Authorization", "bearer " + kSecret}});
    EXPECT_EQ(status(), 200);
    post(empty, kProtobuf, "", {{"Authorization", "Bearer " + std::string(48, 'x')}});
    EXPECT_EQ(status(), 404);
    post(empty, kProtobuf, "");
    EXPECT_EQ(status(), 404);
}

TEST_F(OtlpDoorTest, WhatIsRefusedStoresNothing) {
    const auto good = logs({{"x", "y"}});
    const struct {
        std::string target;
        std::string type;
        std::string body;
        int status;
    } cases[] = {
        {url("logs"), "", good, 415},
        {url("logs"), "text/plain", good, 415},
        {url("logs"), "application/json", good, 400},
        {url("logs"), "application/x-protobuf", good + "\x0a", 400},
        {url("logs"), "application/x-protobuf", "{}", 400},
        {url("profiles"), "application/x-protobuf", good, 404},
        {"/otlp/x/shop/" + kSecret + "/v1/logs", "application/x-protobuf", good, 400},
        {"/otlp/1/none/" + kSecret + "/v1/logs", "application/x-protobuf", good, 404},
    };
    for (const auto& one : cases) {
        post(one.target, one.type, one.body);
        EXPECT_EQ(status(), one.status) << one.target << " " << one.type;
        EXPECT_THAT(one_.reply_headers, testing::Not(HasSubstr("Retry-After")));
    }
    run_posted();
    EXPECT_THAT(journal_.batches, IsEmpty());
}

TEST_F(OtlpDoorTest, ACallThatIsNotServedSaysWhyInItsStatus) {
    const std::string services = "/opentelemetry.proto.collector.";
    const auto wrong = std::string("Bearer wrong");
    const auto right = "Bearer " + kSecret;
    const struct {
        std::string target;
        std::string source;
        std::string secret;
        int code;
    } cases[] = {
        {"logs.v1.LogsService/Nope", "1/shop", right, 12},
        {"logs.v1.LogsService/", "1/shop", right, 12},
        {"logs.v1.LogsService/Export/x", "1/shop", right, 12},
        {"profiles.v1.ProfilesService/Export", "1/shop", right, 12},
        {"logs.v1.LogsService/Export", "1/shop", wrong, 5},
        {"logs.v1.LogsService/Export", "1/none", right, 5},
        {"logs.v1.LogsService/Export", "", right, 3},
        {"logs.v1.LogsService/Export", "1/shop", right, 0},
    };
    for (const auto& [target, source, secret, code] : cases) {
        SCOPED_TRACE(target + " " + source + " " + secret);
        const Head head(http::Method::post, services + target,
                        {{"Content-Type", "application/grpc"},
                         {"millrace-source", source},
                         {"Authorization", secret}});
        const auto view = head.view();
        SeenStream seen;
        ASSERT_TRUE(door_.serves(view));
        exchange_ = door_.begin(view, seen);
        exchange_->receive(view, std::string(5, '\0'));
        EXPECT_TRUE(seen.trailers.starts_with(fmt::format("grpc-status: {}\r\n", code)))
            << seen.trailers;
        exchange_.reset();
    }
}

TEST_F(OtlpDoorTest, AJournalThatTakesNothingIsToBeAskedAgain) {
    post(url("logs"), kProtobuf, logs({{"x", "y"}}));
    run_posted();
    complete(Error(Code::unavailable, "the disk is away"));
    EXPECT_EQ(status(), 503);
    EXPECT_THAT(one_.reply_headers, HasSubstr("Retry-After: "));
    EXPECT_THAT(one_.reply_headers, HasSubstr("application/x-protobuf"));
}

TEST_F(OtlpDoorTest, ASourceOfAnotherKindIsNotFound) {
    serve(true);
    post(url("logs"), kProtobuf, "");
    EXPECT_EQ(status(), 404);
}

TEST_F(OtlpDoorTest, WhatIsSentAgainWithItsKeyIsAnsweredAgain) {
    for (int i = 0; i < 2; ++i) {
        post(url("traces"), kProtobuf, field(1, field(2, field(2, field(5, "GET")))),
             {{"Idempotency-Key", "k"}});
        run_posted();
        if (i == 0) complete();
        EXPECT_EQ(status(), 200);
    }
    EXPECT_THAT(one_.reply_headers, HasSubstr("Idempotency-Replayed: true"));
    EXPECT_EQ(journal_.batches.size(), 1);
}

// Goal    who looks at the last requests of a source finds those that its door has refused.
TEST_F(OtlpDoorTest, RefusalsAreAmongTheRecentRequests) {
    using Wanted = pipeline::SourceTap::Wanted;
    pipeline::RecentRequests recent;
    const auto tap = recent.of({.source = SourceId("shop")});
    const auto seen = seen_route(tap, {});
    serve(seen_route(tap, {seen, seen, seen}));
    const auto newest = [&] { return *tap->newest(Wanted::not_accepted, 0, 1).requests.at(0); };

    post(url("logs"), kProtobuf, "\xff");
    EXPECT_EQ(status(), 400);
    EXPECT_EQ(newest().body, "\xff");
    EXPECT_EQ(newest().outcome.error->name(), "stream.in.badRequest");
    EXPECT_EQ(newest().client_ip, "10.0.0.1");

    post(url("logs"), "text/plain", "x");
    EXPECT_EQ(newest().outcome.error->name(), "stream.in.unsupportedMediaType");
    EXPECT_EQ(newest().content_type, "text/plain");

    post(url("traces"), kProtobuf, "x", {{"Content-Encoding", "br"}});
    EXPECT_EQ(newest().outcome.error->name(), "stream.in.unsupportedContentEncoding");

    post(url("logs"), kProtobuf, "no gzip", {{"Content-Encoding", "gzip"}});
    EXPECT_EQ(newest().body, "no gzip");

    post("/otlp/1/shop/wrong/v1/logs", kProtobuf, "secret", {{"X-Tag", "t"}});
    EXPECT_EQ(newest().outcome.error->name(), "stream.in.noSourceFound");
    EXPECT_TRUE(newest().is_foreign);
    EXPECT_EQ(newest().body, "");
    EXPECT_TRUE(newest().headers.empty());

    exchange_->refusal(Error(Code::too_large, "long").named("bodyTooLarge"));
    EXPECT_TRUE(newest().is_foreign) << "it was not admitted";
    post(url("logs"), kProtobuf, "");
    exchange_->refusal(Error(Code::too_large, "long").named("bodyTooLarge"));
    EXPECT_EQ(newest().outcome.error->name(), "stream.in.bodyTooLarge");
}

}  // namespace
}  // namespace millrace::otlp
