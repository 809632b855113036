#pragma once
// An S3Staging on a FaultServer, with attempts that follow each other at once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "storage/os/system_clock.h"
#include "storage/os/system_rng.h"
#include "storage/staging/s3/s3_staging.h"
#include "tests/support/memory_source.h"
#include "tests/unit/storage/staging/s3/fault_server.h"

namespace millrace::s3 {

inline Reply error_reply(int status, const std::string& code, const std::string& more = {}) {
    return {.status = status,
            .headers = {},
            .body = "<?xml version=\"1.0\"?><Error><Code>" + code +
                    "</Code><Message>words</Message>" + more + "</Error>"};
}

struct StagingTest : testing::Test {
    void serve(FaultServer::Answers answers) {
        server = std::make_unique<FaultServer>(std::move(answers));
        open(server->endpoint());
    }
    void open(const std::string& endpoint) {
        StagingOptions options{
            .client = {.address = {.endpoint = endpoint, .region = "us-east-1", .bucket = "lake"},
                       .pause_first = Milliseconds(1),
                       .pause_max = Milliseconds(1)},
            .prefix = "p/",
            .part_bytes = 1000,
            .piece_bytes = 1000};
        options.client.call_max = call_max;
        auto made = S3Staging::make(
            std::move(options),
            {.clock = std::make_unique<os::SystemClock>(),
             .rng = std::make_unique<os::SystemRng>(),
             .credentials = CredentialSource(
                 {}, {.access_key = "AK", .secret_key = Secret("SK"), .session_token = "ST"}),
             .events = {.uploads_aborted = [this](std::uint64_t uploads) { aborted += uploads; },
                        .uploads_not_aborted = [this](const Error&) { ++not_aborted; }}});
        ASSERT_TRUE(made.ok()) << made.error().operator_text();
        staging = std::move(made).value();
    }

    Result<std::uint64_t> put(const std::string& bytes) {
        testing_support::MemorySource source(bytes);
        return staging->put("7/a.csv", source);
    }
    Result<std::string> get() {
        TRY_ASSIGN(auto source, staging->get("7/a.csv"));
        return testing_support::read_all(*source);
    }
    Result<std::vector<std::string>> list(std::uint32_t limit = 1000) {
        return staging->list({.prefix = {}, .after = "0", .limit = limit});
    }
    std::vector<std::string> seen() const {
        std::vector<std::string> all;
        for (const auto& request : server->seen())
            all.push_back(request.method + " " + request.target);
        return all;
    }

    Milliseconds call_max = std::chrono::seconds(30);
    std::uint64_t aborted = 0;
    int not_aborted = 0;
    std::unique_ptr<FaultServer> server;
    std::unique_ptr<S3Staging> staging;
};

}  // namespace millrace::s3
