#include "core/pipeline/seen_request.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::pipeline {
namespace {

Error mistake() {
    return Error(Code::invalid, "no such path").named("stream.in.pathNotFound");
}
Error fault() {
    return Error(Code::unavailable, "no disk");
}

SeenRequest with_sinks(std::vector<SinkOutcome> sinks, std::uint64_t accepted) {
    SeenRequest request;
    request.outcome.records = 2;
    request.outcome.accepted = accepted;
    for (const auto& sink : sinks) request.outcome.kept += sink.kept;
    request.outcome.sinks = std::move(sinks);
    return request;
}

TEST(SeenRequestTest, SecretsAreMaskedInHeadersAndQuery) {
    const std::vector<RequestHeader> headers = {
        {.name = "User-Agent", .value = "curl"},
        {.name = "authorization", .value = "Bearer abc"},
        {.name = "X-Hub-Signature-256", .value = "sha256=abc"},
        {.name = "X-Api-Key", .value = "abc"},
        {.name = "x-original-uri", .value = "/stream/1/s/abc"},
        {.name = "X-GitHub-Event", .value = "push"},
        {.name = "X-Pwd", .value = "abc"},
        {.name = "Referer", .value = "https://a.example/b?n=1&token=abc"}};
    const auto seen = see({.arrived_at = WallTime{5},
                           .client_ip = "1.2.3.4",
                           .headers = headers,
                           .content_type = "application/json",
                           .body = "{}",
                           .query = "a=1&token=abc&empty&access_key=abc&Api_Key=abc&pwd=abc?n=1"});
    ASSERT_EQ(seen.headers.size(), 8U);
    for (const std::size_t masked : {1U, 2U, 3U, 4U, 6U}) {
        EXPECT_TRUE(seen.headers[masked].is_masked) << seen.headers[masked].name;
        EXPECT_EQ(seen.headers[masked].value, "") << seen.headers[masked].name;
    }
    EXPECT_EQ(seen.headers[0].value, "curl");
    EXPECT_EQ(seen.headers[5].value, "push");
    EXPECT_EQ(seen.query, "a=1&token=***&empty&access_key=abc&Api_Key=***&pwd=***");
    EXPECT_EQ(seen.headers[7].value, "https://a.example/b?n=1&token=***");
}

TEST(SeenRequestTest, WhatIsLongIsCut) {
    const std::string body(100'000, 'x');
    const std::string value(3000, 'v');
    const std::vector<RequestHeader> headers(5, {.name = "X-Long", .value = value});
    const auto seen = see({.arrived_at = {},
                           .client_ip = {},
                           .headers = headers,
                           .content_type = value,
                           .body = body,
                           .query = body});
    EXPECT_EQ(seen.body.size(), 4096U);
    EXPECT_EQ(seen.body_bytes, 100'000U);
    EXPECT_EQ(seen.headers.size(), 1U);
    EXPECT_LE(seen.bytes(), 12'000U);
}

TEST(SeenRequestTest, AnEndSaysWhoseFaultItIs) {
    SeenRequest request;
    request.outcome.accepted = 1;
    EXPECT_EQ(end_of(request), SeenEnd::accepted);
    request.is_duplicate = true;
    EXPECT_EQ(end_of(request), SeenEnd::duplicate);
    request.is_duplicate = false;
    request.outcome.error = mistake();
    EXPECT_EQ(end_of(request), SeenEnd::refused);
    request.outcome.error = fault();
    EXPECT_EQ(end_of(request), SeenEnd::failed);

    const SinkOutcome all{.accepted = 2};
    const SinkOutcome none{.rejected = 2, .refused = true, .problems = {{.error = mistake()}}};
    const SinkOutcome broken{.rejected = 2, .refused = true, .problems = {{.error = fault()}}};
    const SinkOutcome kept{.accepted = 2, .kept = 1};
    EXPECT_EQ(end_of(with_sinks({all, all}, 2)), SeenEnd::accepted);
    EXPECT_EQ(end_of(with_sinks({all, none}, 0)), SeenEnd::partly);
    EXPECT_EQ(end_of(with_sinks({none, none}, 0)), SeenEnd::refused);
    EXPECT_EQ(end_of(with_sinks({none, broken}, 0)), SeenEnd::failed);
    EXPECT_EQ(end_of(with_sinks({kept}, 2)), SeenEnd::kept);
}

}  // namespace
}  // namespace millrace::pipeline
