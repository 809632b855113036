#include "api/control/rejects_resource.h"

#include <gtest/gtest.h>

#include "core/model/import_origin.h"
#include "tests/unit/api/control/api_fixture.h"

namespace millrace::control {
namespace {

const std::string kRejects = kSinks + "/my-sink/rejects";

class RejectsResourceTest : public ApiTest {
protected:
    RejectsResourceTest() { make_source_and_sink(); }

    // A record of the sink that the fixture makes: an id, and the path a.b.
    void add(std::uint64_t number, std::string body) {
        Reject reject;
        reject.number = number;
        reject.sink = SinkNumber(1);
        reject.arrived_at = WallTime{1'767'323'045'000 + static_cast<std::int64_t>(number)};
        reject.expires_at = AgeTime{1'767'323'046'000};
        reject.error = "stream.in.pathNotFound";
        reject.message = "column \"p\": path \"a.b\" not found in the body";
        reject.column = "p";
        reject.client_ip = "192.0.2.7";
        reject.content_type = "application/json";
        reject.headers = R"({"Host":"h","Referer":"https://a.example/?pwd=x&n=1","X-Token":"t"})";
        reject.body = std::move(body);
        rejects_.rejects.emplace(number, std::move(reject));
    }

    // A row of the sink's mapping 1 that its table has refused.
    void add_refused(std::uint64_t number, std::string slice) {
        add(number, std::move(slice));
        auto& reject = rejects_.rejects.at(number);
        reject.error = "stream.import.rowRefused";
        reject.message = "PostgreSQL: no (23514)";
        reject.expires_at = kNeverExpires;
        reject.origin = print_import_origin({.file = FileId(make_uuid_v7(AgeTime{1}, 0, 0)),
                                             .slice = SliceId(make_uuid_v7(AgeTime{2}, 0, 0)),
                                             .row = 17,
                                             .mapping = MappingVersion(1)});
    }

    // The task of a retry when it is done.
    nlohmann::json retry() { return past_pauses(finish("POST", kRejects + "/retry")); }
    nlohmann::json past_pauses(nlohmann::json task) {
        while (task["status"] == "processing") {
            strand_.wake();
            settle();
            task = call("GET", "/v1/tasks/" + task["taskId"].get<std::string>()).json();
        }
        return task;
    }
    // Lets the sink have a template that is not compiled.
    void use_template() {
        const auto task = finish("PATCH", kSinks + "/my-sink", R"x({"table":{"mapping":{"columns":[
            {"type":"uuid","name":"id"},
            {"type":"template","name":"t","template":{"language":"jsonnet",
             "content":"std.length(BodyStr())"}}]}}})x");
        ASSERT_EQ(task["status"], "success") << task;
    }
};

TEST_F(RejectsResourceTest, AreListedInPages) {
    add(3, "{}");
    add(5, "\xff");
    const auto first = call("GET", kRejects + "?limit=1");
    EXPECT_EQ(first.json(), nlohmann::json::parse(R"({"projectId":1,"branchId":123,
        "sourceId":"my-source","sinkId":"my-sink","size":259,
        "page":{"limit":1,"totalCount":2,"afterId":"","lastId":"3"},
        "rejects":[{"rejectId":"3","arrivedAt":"2026-01-02T03:04:05.003Z",
        "expiresAt":"2026-01-02T03:04:06.000Z","error":"stream.in.pathNotFound",
        "message":"Column \"p\": path \"a.b\" not found in the body.","column":"p",
        "clientIp":"192.0.2.7","contentType":"application/json","headers":{"Host":"h",
        "Referer":"https://a.example/?pwd=***&n=1","X-Token":"***"},
        "body":"{}"}]})"))
        << first.body;
    const auto second = call("GET", kRejects + "?afterId=3").json();
    ASSERT_EQ(second["rejects"].size(), 1U);
    EXPECT_EQ(second["rejects"][0]["bodyBase64"], "/w==");
    EXPECT_FALSE(second["rejects"][0].contains("body"));
    EXPECT_EQ(call("GET", kRejects + "?afterId=x").error(), "stream.api.invalidFieldType");
    EXPECT_EQ(call("GET", kSinks + "/other/rejects").error(), "stream.api.sinkNotFound");
}

TEST_F(RejectsResourceTest, ARetryMakesOneSliceOfThoseThatCanBeMapped) {
    add(1, R"({"a":{"b":"x"}})");
    add(2, "{}");
    add(3, R"({"a":{"b":"y"}})");
    const auto task = retry();
    EXPECT_EQ(task["status"], "success") << task;
    EXPECT_EQ(task["result"], "2 rejects were accepted, 1 is rejected still.");
    ASSERT_EQ(rejects_.rejects.size(), 1U);
    EXPECT_TRUE(rejects_.rejects.contains(2));
    ASSERT_EQ(rejects_.adopted.size(), 1U);
    const auto& slice = rejects_.adopted[0];
    EXPECT_EQ(slice.opening.sink.sink, SinkNumber(1));
    EXPECT_EQ(slice.content.rows, 2U);
    EXPECT_EQ(slice.content.first_at, WallTime{1'767'323'045'001});
    EXPECT_EQ(slice.content.last_at, WallTime{1'767'323'045'003});
    const auto& csv = slices_.files.at(slice.opening.slice);
    EXPECT_EQ(slice.content.bytes, csv.size());
    EXPECT_NE(csv.find(",\"\"\"x\"\"\"\n"), std::string::npos) << csv;
    EXPECT_TRUE(rejects_.announced.empty());
}

TEST_F(RejectsResourceTest, ARefusedRowIsShownByItsColumns) {
    add_refused(1, "\"a\",\"x\"\n");
    add_refused(2, "#slice 2,operation,\"id\",\"p\"\nupsert,\"\xff\",\n");
    const auto rejects = call("GET", kRejects).json()["rejects"];
    ASSERT_EQ(rejects.size(), 2U) << rejects;
    EXPECT_EQ(rejects[0], nlohmann::json::parse(R"x({"rejectId":"1",
        "arrivedAt":"2026-01-02T03:04:05.001Z","expiresAt":null,
        "error":"stream.import.rowRefused","message":"PostgreSQL: no (23514)",
        "tableId":"in.c-shop.orders","fileId":"00000000-0001-7000-8000-000000000000",
        "sliceId":"00000000-0002-7000-8000-000000000000","row":17,
        "values":{"id":"a","p":"x"}})x"))
        << rejects[0];
    EXPECT_EQ(rejects[1]["operation"], "upsert");
    EXPECT_EQ(rejects[1]["values"], nlohmann::json::parse(R"({"p":null})"));
    EXPECT_EQ(rejects[1]["valuesBase64"], nlohmann::json::parse(R"({"id":"/w=="})"));
}

TEST_F(RejectsResourceTest, ARetrySendsARefusedRowAsItIs) {
    add_refused(1, "\"a\",\"x\"\n");
    add_refused(2, "#slice 2,\"id\"\n\"b\"\n");
    add(3, "{}");  // cannot be mapped still
    add_refused(4, "\"c\",\"y\"\n");
    const auto task = retry();
    EXPECT_EQ(task["result"], "3 rejects were accepted, 1 is rejected still.");
    ASSERT_EQ(rejects_.rejects.size(), 1U);
    ASSERT_EQ(rejects_.adopted.size(), 2U);
    const auto& slice = rejects_.adopted[0];
    EXPECT_EQ(slice.opening.sink.mapping, MappingVersion(1));
    EXPECT_EQ(slice.content.rows, 2U);
    EXPECT_EQ(slices_.files.at(slice.opening.slice), "\"a\",\"x\"\n\"c\",\"y\"\n");
    EXPECT_EQ(slices_.files.at(rejects_.adopted[1].opening.slice), "#slice 2,\"id\"\n\"b\"\n");
}

TEST_F(RejectsResourceTest, ARetryWaitsForBusyTemplates) {
    use_template();
    for (std::uint64_t number = 1; number <= 3; ++number) add(number, "{}");
    const auto busy = Error(Code::overloaded, "busy").named("stream.in.templatesBusy");
    evaluator_.refusal = busy;
    const auto task = finish("POST", kRejects + "/retry");
    EXPECT_EQ(task["status"], "processing");
    evaluator_.refusal.reset();
    evaluator_.value_error = busy;
    strand_.wake();
    settle();
    EXPECT_EQ(rejects_.rejects.size(), 3U);
    evaluator_.value_error.reset();
    EXPECT_EQ(past_pauses(task)["result"], "3 rejects were accepted, 0 are rejected still.");
}

TEST_F(RejectsResourceTest, TemplatesThatStayBusyEndARetry) {
    use_template();
    add(1, "{}");
    evaluator_.refusal = Error(Code::overloaded, "busy").named("stream.in.templatesBusy");
    const auto task = retry();
    EXPECT_EQ(task["status"], "error");
    EXPECT_EQ(task["error"],
              "The templates are busy; the rejects that were not tried yet are kept, try again.");
    EXPECT_EQ(rejects_.rejects.size(), 1U);
}

// A strand that stops runs what is posted, and drops what is timed.
TEST_F(RejectsResourceTest, ALongRetryDoesNotKeepTheStrandFromStopping) {
    for (std::uint64_t number = 1; number <= 501; ++number) add(number, R"({"a":{"b":"x"}})");
    const auto task = finish("POST", kRejects + "/retry");
    EXPECT_EQ(task["status"], "processing");
    EXPECT_EQ(rejects_.rejects.size(), 1U);
    EXPECT_EQ(past_pauses(task)["result"], "501 rejects were accepted, 0 are rejected still.");
}

TEST_F(RejectsResourceTest, AFailureKeepsTheRejectsAndTheNextRetryTidiesUp) {
    add(1, R"({"a":{"b":"x"}})");
    rejects_.failure = Error(Code::unavailable, "disk");
    EXPECT_EQ(finish("POST", kRejects + "/retry")["status"], "error");
    EXPECT_EQ(rejects_.rejects.size(), 1U);
    EXPECT_EQ(rejects_.announced.size(), 1U) << "whether it was adopted is not known";
    EXPECT_EQ(slices_.files.size(), 1U);
    const auto abandoned = slices_.files.begin()->first;

    rejects_.failure.reset();
    EXPECT_EQ(retry()["status"], "success");
    EXPECT_TRUE(rejects_.rejects.empty());
    EXPECT_EQ(slices_.files.size(), 1U);
    EXPECT_FALSE(slices_.files.contains(abandoned));
}

TEST_F(RejectsResourceTest, ALeftSliceThatCannotBeDeletedHoldsUpNothing) {
    add(1, R"({"a":{"b":"x"}})");
    const LocalSlice left{.volume = VolumeId("default"),
                          .slice = SliceId(make_uuid_v7(AgeTime{1}, 1, 1))};
    rejects_.announced.push_back(left);
    slices_.files[left.slice] = "rows";
    slices_.failure_to_remove = Error(Code::unavailable, "read-only");
    EXPECT_TRUE(plane_.start([] {}).ok());
    EXPECT_EQ(retry()["status"], "success");
    EXPECT_EQ(rejects_.announced, std::vector{left});

    slices_.failure_to_remove.reset();
    EXPECT_TRUE(plane_.start([] {}).ok());
    EXPECT_TRUE(rejects_.announced.empty());
    EXPECT_FALSE(slices_.files.contains(left.slice));
}

TEST_F(RejectsResourceTest, ADisabledSinkIsNotRetried) {
    add(1, R"({"a":{"b":"x"}})");
    ASSERT_EQ(finish("PUT", kSinks + "/my-sink/disable")["status"], "success");
    const auto task = finish("POST", kRejects + "/retry");
    EXPECT_EQ(task["status"], "error");
    EXPECT_EQ(task["error"], "Sink \"my-sink\" is disabled.");
    EXPECT_EQ(rejects_.rejects.size(), 1U);
}

TEST_F(RejectsResourceTest, AreDeleted) {
    add(1, "{}");
    EXPECT_EQ(call("DELETE", kRejects).status, 204);
    EXPECT_TRUE(rejects_.rejects.empty());
}

TEST_F(RejectsResourceTest, OldOnesAreForgottenByTheCleanUp) {
    add(1, "{}");
    ASSERT_TRUE(plane_.clean_up(AgeTime{1'767'323'045'999}).ok());
    EXPECT_EQ(rejects_.rejects.size(), 1U);
    ASSERT_TRUE(plane_.clean_up(AgeTime{1'767'323'046'000}).ok());
    EXPECT_TRUE(rejects_.rejects.empty());
}

}  // namespace
}  // namespace millrace::control
