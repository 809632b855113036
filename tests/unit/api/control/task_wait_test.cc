#include "api/control/task_wait.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "core/ports/disk.h"
#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

class TaskWaitTest : public ApiTest {};

TEST_F(TaskWaitTest, AChangeAnswersWhatItsTaskHasComeTo) {
    const auto answer =
        call_and_settle("POST", kSources + "?wait=30s", R"({"name":"My Source","type":"http"})");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.json()["status"], "success");
    EXPECT_EQ(answer.json()["outputs"]["sourceId"], "my-source");
    EXPECT_EQ(call("GET", kSources).json()["sources"].size(), 1U) << "it was made once";
}

TEST_F(TaskWaitTest, ABackupIsWaitedForAsAChangeIs) {
    const auto answer = call_and_settle("POST", "/v1/backup?wait=30s", R"({"path":"/backups/a"})");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.json()["status"], "success");
    EXPECT_EQ(answer.json()["result"], "A backup is in /backups/a.");
    EXPECT_EQ(call("POST", "/v1/backup?wait=long", R"({"path":"/backups/b"})").status, 400);
    EXPECT_EQ(call("GET", "/v1/tasks").json()["tasks"].size(), 1U);
}

TEST_F(TaskWaitTest, AnErrorOfTheTaskIsTheAnswer) {
    make_source();
    target_.refusal = Error(Code::conflict, "the table is there with other columns");
    const auto answer = call_and_settle("POST", kSinks + "?wait=30s", sink_body().dump());
    EXPECT_EQ(answer.status, 409) << answer.body;
    EXPECT_EQ(answer.json()["task"]["status"], "error");
    EXPECT_EQ(answer.json()["message"], answer.json()["task"]["error"]);
    EXPECT_NE(answer.message().find("other columns"), std::string::npos);
}

// Of a commit nobody knows whether it was made: it is not tried again here.
TEST_F(TaskWaitTest, AFullDiskIsToldWithWhatHelpsAndWhenToComeAgain) {
    make_source();
    target_.refusal = Error(Code::unknown_outcome, "database or disk is full").named(kNoSpace);
    const auto answer = call_and_settle("POST", kSinks + "?wait=30s", sink_body().dump());
    EXPECT_EQ(answer.status, 507) << answer.body;
    EXPECT_EQ(answer.error(), "stream.api.diskFull");
    EXPECT_EQ(answer.message(), answer.json()["task"]["error"]);
    EXPECT_NE(answer.message().find("see whether the change was made"), std::string::npos);
    ASSERT_EQ(answer.headers.count("Retry-After"), 1U);
    EXPECT_EQ(answer.headers.find("Retry-After")->second, "10");
}

TEST_F(TaskWaitTest, OfTwoEditorsWhoWaitOneIsAnswered412) {
    make_source_and_sink();
    const httplib::Headers seen = {{"X-StorageApi-Token", "secret-token"}, {"If-Match", "\"1\""}};
    std::vector<Answer> answers(2);
    std::atomic<int> answered = 0;
    std::vector<std::thread> editors;
    for (auto& answer : answers) {
        editors.emplace_back([&] {
            answer = call("PATCH", kSinks + "/my-sink?wait=30s", R"({"name":"Mine"})", seen);
            ++answered;
        });
    }
    while (answered < 2) {
        settle();
        std::this_thread::yield();
    }
    for (auto& editor : editors) editor.join();
    const std::multiset<int> statuses = {answers[0].status, answers[1].status};
    EXPECT_EQ(statuses, (std::multiset<int>{200, 412})) << answers[0].body << answers[1].body;
}

TEST_F(TaskWaitTest, AWaitThatIsOverAnswersTheTaskAsItIs) {
    const auto answer =
        call("POST", kSources + "?wait=1ms", R"({"name":"My Source","type":"http"})");
    EXPECT_EQ(answer.status, 202) << answer.body;
    EXPECT_EQ(answer.json()["status"], "processing");
    const auto task = "/v1/tasks/" + answer.json().value("taskId", "");
    EXPECT_EQ(call("GET", task + "?wait=1ms").json()["isFinished"], false);
    EXPECT_EQ(call_and_settle("GET", task + "?wait=30s").json()["isFinished"], true);
}

TEST_F(TaskWaitTest, WhereTooManyWaitAChangeIsMadeAllTheSame) {
    std::vector<std::shared_ptr<void>> places;
    while (auto place = progress_.take_place()) places.push_back(std::move(place));
    const auto answer =
        call("POST", kSources + "?wait=30s", R"({"name":"My Source","type":"http"})");
    EXPECT_EQ(answer.status, 202) << answer.body;
    settle();
    EXPECT_EQ(call("GET", kSources + "/my-source").status, 200);
}

TEST_F(TaskWaitTest, WithAWrongWaitNothingIsDone) {
    const auto answer =
        call("POST", kSources + "?wait=long", R"({"name":"My Source","type":"http"})");
    EXPECT_EQ(answer.status, 400) << answer.body;
    settle();
    EXPECT_EQ(call("GET", kSources + "/my-source").status, 404);
}

TEST_F(TaskWaitTest, TasksAreListedNewestFirst) {
    make_source();
    clock_.advance(std::chrono::seconds(1));
    finish("PUT", kSources + "/my-source/disable");
    const auto all = call("GET", "/v1/tasks").json()["tasks"];
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0]["type"], "api.disable.source");
    EXPECT_EQ(all[0]["sourceId"], "my-source");
    EXPECT_EQ(call("GET", "/v1/tasks?limit=1").json()["tasks"].size(), 1U);
    EXPECT_EQ(call("GET", "/v1/tasks?status=error").json()["tasks"].size(), 0U);
    EXPECT_EQ(call("GET", "/v1/tasks?status=success").json()["tasks"].size(), 2U);
    EXPECT_EQ(call("GET", "/v1/tasks?status=none").error(), "stream.api.invalidEnumValue");
}

}  // namespace
}  // namespace millrace::control
