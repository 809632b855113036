// Goal    what a server does to one request: what is repeated, what the error is, and what its
//         sentence says.

#include "storage/staging/s3/client.h"

#include "tests/unit/storage/staging/s3/staging_on_server.h"

namespace millrace::s3 {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

using ClientTest = StagingTest;

constexpr std::size_t kAttempts = 5;

TEST_F(ClientTest, ARequestIsSignedAndItsBodyIsProved) {
    serve([](const auto&, auto) { return Reply{}; });
    EXPECT_EQ(put("123456789").value(), 9U);
    const auto request = server->seen().at(0);
    EXPECT_EQ(request.method + " " + request.target, "PUT /lake/p/7/a.csv");
    EXPECT_EQ(request.body, "123456789");
    EXPECT_EQ(request.headers.at("x-amz-content-sha256"),
              "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
    EXPECT_EQ(request.headers.at("x-amz-checksum-crc32c"), "4waSgw==");
    EXPECT_EQ(request.headers.at("x-amz-security-token"), "ST");
    EXPECT_THAT(request.headers.at("authorization"),
                HasSubstr("SignedHeaders=content-type;host;x-amz-checksum-crc32c;"
                          "x-amz-content-sha256;x-amz-date;x-amz-security-token,"));
    EXPECT_FALSE(request.headers.contains("expect"));
}

TEST_F(ClientTest, ABusyServerIsAskedAgain) {
    serve([](const auto&, auto number) {
        return number < 2 ? error_reply(503, "SlowDown") : Reply{};
    });
    EXPECT_EQ(put("abc").value(), 3U);
    const auto requests = server->seen();
    ASSERT_THAT(requests, SizeIs(3));
    for (const auto& request : requests) EXPECT_EQ(request.body, "abc");
}

// Goal    the code says whether a failed put may have happened.
TEST_F(ClientTest, WhatFailsForGoodIsUnavailableOrUnknown) {
    struct Case {
        const char* name;
        Reply reply;
        Code code;
        std::size_t requests;
    };
    const auto ended = [](Reply::End end) { return Reply{.end = end}; };
    const Case cases[] = {
        {"busy", error_reply(503, "SlowDown"), Code::unavailable, kAttempts},
        {"throttled", error_reply(429, "TooManyRequests"), Code::unavailable, kAttempts},
        {"timed out there", error_reply(400, "RequestTimeout"), Code::unavailable, kAttempts},
        {"changed on its way", error_reply(400, "BadDigest"), Code::unavailable, kAttempts},
        {"failed inside", error_reply(500, "InternalError"), Code::unknown_outcome, kAttempts},
        {"no gateway",
         {.status = 502, .body = "<html><br></html>"},
         Code::unknown_outcome,
         kAttempts},
        {"200 with an error",
         {.body = error_reply(200, "InternalError").body},
         Code::unknown_outcome,
         kAttempts},
        {"cut before", ended(Reply::End::no_answer), Code::unknown_outcome, kAttempts},
        {"cut amid",
         {.body = "some text", .end = Reply::End::half},
         Code::unknown_outcome,
         kAttempts},
        {"refused", error_reply(403, "AccessDenied"), Code::unavailable, 1},
        {"unknown to us", error_reply(418, "Teapot"), Code::unavailable, 1},
        {"redirected",
         {.status = 307, .headers = {{"Location", "http://127.0.0.1:1/"}}},
         Code::unavailable,
         1},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(one.name);
        serve([&](const auto&, auto) { return one.reply; });
        const auto failed = put("abc");
        ASSERT_FALSE(failed.ok());
        EXPECT_EQ(failed.error().code(), one.code) << failed.error().operator_text();
        EXPECT_THAT(server->seen(), SizeIs(one.requests));
    }
}

TEST_F(ClientTest, OnceUnknownItStaysUnknown) {
    serve([](const auto&, auto number) {
        return number == 0 ? Reply{.end = Reply::End::no_answer} : error_reply(403, "AccessDenied");
    });
    EXPECT_EQ(put("abc").error().code(), Code::unknown_outcome);
}

TEST_F(ClientTest, AServerThatIsNotThereIsNamed) {
    serve([](const auto&, auto) { return Reply{}; });
    const auto endpoint = server->endpoint();
    server.reset();
    const auto failed = put("abc");
    EXPECT_EQ(failed.error().code(), Code::unavailable);
    EXPECT_THAT(failed.error().operator_text(),
                HasSubstr("is the server at " + endpoint + " running and reachable?"));
    EXPECT_EQ(get().error().code(), Code::unavailable);
    EXPECT_EQ(list().error().code(), Code::unavailable);
    EXPECT_EQ(staging->remove("7/a.csv").error().code(), Code::unavailable);
}

TEST_F(ClientTest, EachMistakeHasASentenceWithARemedy) {
    struct Case {
        Reply reply;
        const char* sentence;
    };
    auto skewed = error_reply(403, "RequestTimeTooSkewed");
    skewed.headers["Date"] = "Fri, 24 May 2013 00:00:00 GMT";
    const Case cases[] = {
        {skewed, "that of the server Fri, 24 May 2013 00:00:00 GMT; set it right, with NTP"},
        {error_reply(403, "InvalidAccessKeyId"), "does not know the access key AK"},
        {error_reply(404, "XAdminUserNotFound"), "does not know the access key AK"},
        {error_reply(403, "SignatureDoesNotMatch"),
         "the secret key is not that of the access key AK"},
        {error_reply(400, "ExpiredToken"), "write new keys to the credentials file"},
        {error_reply(403, "AccessDenied"), "allow it s3:GetObject, s3:PutObject"},
        {error_reply(404, "NoSuchBucket"), "has no bucket \"lake\"; make it, or mend `bucket`"},
        {error_reply(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"),
         "the bucket is in the region eu-west-1"},
        {{.status = 301,
          .headers = {{"x-amz-bucket-region", "eu-west-1"}},
          .body = error_reply(301, "PermanentRedirect").body},
         "the bucket is in the region eu-west-1"},
        {error_reply(507, "XMinioStorageFull"), "no room left"},
        {{.status = 404, .body = "not found"}, "that is no answer of an S3 server; is `endpoint`"},
        {error_reply(400, "Strange"), "answered 400 Strange: words"},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(one.sentence);
        serve([&](const auto&, auto) { return one.reply; });
        for (const auto& error : {put("abc").error(), get().error(), list().error()}) {
            EXPECT_THAT(error.operator_text(), HasSubstr(one.sentence));
            EXPECT_NE(error.code(), Code::not_found);
        }
    }
}

// Goal    a server that takes requests and never answers costs no more than the time of a call.
TEST_F(ClientTest, AServerThatHangsEndsTheCallByItsTime) {
    call_max = Milliseconds(300);
    serve([](const auto&, auto) { return Reply{.end = Reply::End::hangs}; });
    const auto begun = std::chrono::steady_clock::now();
    const auto failed = put("abc");
    EXPECT_EQ(failed.error().code(), Code::unknown_outcome) << failed.error().operator_text();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_F(ClientTest, StopEndsACallThatHangs) {
    serve([](const auto&, auto) { return Reply{.end = Reply::End::hangs}; });
    std::thread stopper([this] {
        server->wait_for(1);
        staging->stop();
    });
    const auto begun = std::chrono::steady_clock::now();
    const auto failed = put("abc");
    stopper.join();
    EXPECT_EQ(failed.error().code(), Code::unknown_outcome);
    EXPECT_THAT(failed.error().operator_text(), HasSubstr("the service stops"));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
    EXPECT_THAT(server->seen(), SizeIs(1));
    EXPECT_EQ(put("abc").error().code(), Code::unavailable) << "later ones do not begin";
}

TEST_F(ClientTest, AnAnswerWithoutAnEndIsCutOff) {
    serve([](const auto&, auto) { return Reply{.body = std::string(5 << 20, '<')}; });
    const auto failed = list();
    EXPECT_EQ(failed.error().code(), Code::unavailable);
    EXPECT_THAT(failed.error().operator_text(), HasSubstr("longer than it may be"));
}

TEST(AttemptsTest, PausesDoubleAndAreRandom) {
    const ClientOptions options{.call_max = std::chrono::seconds(30), .attempts_max = 4};
    const SteadyTime now;
    Attempts attempts(options, now);
    EXPECT_EQ(attempts.pause(now, 100), Milliseconds(100));
    EXPECT_EQ(attempts.pause(now, 200), Milliseconds(200));
    EXPECT_EQ(attempts.pause(now, 401), Milliseconds(0)) << "401 of 0 to 400";
    EXPECT_EQ(attempts.pause(now, 0), std::nullopt);
    Attempts late(options, now);
    EXPECT_EQ(late.pause(now + std::chrono::seconds(30), 0), std::nullopt);
}

}  // namespace
}  // namespace millrace::s3
