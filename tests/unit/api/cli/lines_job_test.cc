// Method  a service of one URL remembers the body that every key had first, and answers another one
//         with keyReused. It may store a body and lose the answer.
#include "api/cli/lines_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "tests/support/temp_directory.h"

namespace millrace::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class KeyedService {
public:
    KeyedService() {
        server_.Post("/in", [this](const httplib::Request& request, httplib::Response& response) {
            answer(request, response);
        });
        port_ = server_.bind_to_any_port("127.0.0.1");
        thread_ = std::thread([this] { server_.listen_after_bind(); });
    }
    ~KeyedService() {
        while (!server_.is_running()) std::this_thread::yield();
        server_.stop();
        thread_.join();
    }
    KeyedService(const KeyedService&) = delete;
    KeyedService& operator=(const KeyedService&) = delete;

    ServerUrl url() const {
        return {.origin = "http://127.0.0.1:" + std::to_string(port_), .path = "/in"};
    }
    // From the request of this number on answers have this status; the rows are stored if 504.
    void fail_from(std::uint64_t request, int status) {
        const std::lock_guard lock(mutex_);
        fails_from_ = request;
        status_ = status;
        requests_ = 0;
    }
    std::string stored() {
        const std::lock_guard lock(mutex_);
        return stored_;
    }

private:
    void answer(const httplib::Request& request, httplib::Response& response) {
        const std::lock_guard lock(mutex_);
        const bool fails = ++requests_ >= fails_from_;
        if (fails && status_ != 504) {
            response.status = status_;
            return;
        }
        const auto [known, is_new] =
            bodies_.try_emplace(request.get_header_value("Idempotency-Key"), request.body);
        if (is_new) stored_ += request.body;
        if (fails) {
            response.status = status_;
        } else if (known->second != request.body) {
            response.status = 422;
            response.set_content(R"({"error": "stream.in.keyReused", "message": "Reused."})",
                                 "application/json");
        } else {
            response.set_content(R"({"sources": [{"accepted": 1, "rejected": 0, "sinks": []}]})",
                                 "application/json");
        }
    }

    httplib::Server server_;
    std::mutex mutex_;
    std::map<std::string, std::string> bodies_;
    std::string stored_;
    std::uint64_t requests_ = 0;
    std::uint64_t fails_from_ = UINT64_MAX;
    int status_ = 0;
    int port_ = 0;
    std::thread thread_;
};

class LinesJobTest : public testing::Test {
protected:
    LinesJobTest() { write("1\n2\n3\n4\n"); }

    void write(const std::string& content) {
        std::ofstream(path_) << content;
        content_ = content;
    }
    // Batches of two lines. Returns what it says at its end.
    std::string send(std::uint64_t skip, std::uint64_t first_until) {
        const SendJob job{.source = "shop",
                          .skip = skip,
                          .first_until = first_until,
                          .key = "K",
                          .limits = {.bytes = 4},
                          .sending = {.content_type = "text/plain", .retry_for = Milliseconds{0}},
                          .other_options = {}};
        auto input = SendInput::open(path_.string());
        EventSender sender(service_.url(), job.sending, progress_);
        const auto ended = LinesJob(job, input.value(), sender, progress_).run();
        return ended.ok() ? "" : ended.error().client_text();
    }

    const testing_support::TempDirectory directory_;
    const std::filesystem::path path_ = directory_ / "lines";
    std::string content_;
    KeyedService service_;
    Progress progress_;
};

TEST_F(LinesJobTest, WhatMayBeStoredIsStoredOnceAlsoWhereTheInputHasGrown) {
    write("1\n2\n3\n");
    service_.fail_from(2, 504);
    EXPECT_THAT(send(0, 0),
                AllOf(HasSubstr("2 lines are acknowledged"), HasSubstr("perhaps stored"),
                      HasSubstr(" --lines --skip 2 --first-until 3 --key K --batch-size 4")));
    EXPECT_EQ(service_.stored(), content_);

    write("1\n2\n3\n4\n5\n6\n");
    service_.fail_from(UINT64_MAX, 0);
    EXPECT_EQ(send(2, 3), "");
    EXPECT_EQ(service_.stored(), content_);
}

// Nothing that comes between may forget that the outcome of the batch is open.
TEST_F(LinesJobTest, TheEndOfABatchIsSaidAgainUntilItIsAcknowledged) {
    for (const int status : {503, 401}) {
        SCOPED_TRACE(status);
        service_.fail_from(1, status);
        EXPECT_THAT(send(0, 3), HasSubstr("--skip 0 --first-until 3 --key K"));
    }
    service_.fail_from(2, 503);
    EXPECT_THAT(send(0, 3), AllOf(HasSubstr("3 lines are acknowledged"), HasSubstr("not sent"),
                                  HasSubstr("--skip 3 --first-until 4 --key K")));
    service_.fail_from(1, 401);
    EXPECT_THAT(send(3, 0), AllOf(HasSubstr("--skip 3 --key K"), Not(HasSubstr("first-until"))));
}

TEST_F(LinesJobTest, AKeyThatHadOtherLinesLeadsBehindNone) {
    service_.fail_from(1, 504);
    send(0, 1);
    service_.fail_from(UINT64_MAX, 0);
    EXPECT_THAT(send(0, 0), AllOf(HasSubstr("the key K-1 had other lines"),
                                  HasSubstr("--skip 0 --first-until LINE --key K"),
                                  HasSubstr("give a new --key"), Not(HasSubstr("--skip 2"))));
    EXPECT_EQ(service_.stored(), "1\n");
}

TEST_F(LinesJobTest, AnInputThatIsTooShortForItsFirstBatchSendsNothing) {
    EXPECT_THAT(send(2, 5), AllOf(HasSubstr("--first-until 5"), HasSubstr("only 4 lines")));
    EXPECT_EQ(service_.stored(), "");
}

}  // namespace
}  // namespace millrace::cli
