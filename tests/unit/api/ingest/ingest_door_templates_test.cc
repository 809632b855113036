// Goal    requests that wait for the values of their templates.

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/api/ingest/door_fixture.h"

namespace millrace::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DoorTemplatesTest : public DoorTest {
protected:
    static Result<std::string> busy_value() {
        return Error(Code::overloaded, "Too many.").named("stream.in.templatesBusy");
    }
    static Result<std::string> failed_value() {
        return Error(Code::invalid, "bad").named("stream.in.templateFailed");
    }
    // Gives the request that waits longest these values.
    void answer_with(TemplateBatch::Values values) {
        auto batch = std::move(evaluator_.waiting.front());
        evaluator_.waiting.pop_front();
        batch.done(std::move(values));
        run_posted();
    }
};

TEST_F(DoorTemplatesTest, ARequestWaitsForItsTemplates) {
    evaluator_.held = true;
    serve(make_route({{.id = "a", .columns = {template_column("std.t")}}}));
    {
        std::string body = "{}";
        post("", "application/json", body, one_);
        body = "overwritten";
    }
    post("lines", "", "1\n2\n", two_);
    run_posted();
    EXPECT_TRUE(journal_.batches.empty());
    ASSERT_EQ(evaluator_.waiting.size(), 2U);
    EXPECT_EQ(evaluator_.waiting[0].records[0].body, "{}");
    EXPECT_TRUE(evaluator_.waiting[0].records[0].is_json);
    EXPECT_EQ(evaluator_.waiting[1].records.size(), 2U);

    evaluator_.answer_next();
    evaluator_.answer_next();
    run_posted();
    ASSERT_THAT(journal_.csv(), ElementsAre("\"std.t\"\n\"std.t\"\n\"std.t\"\n"));
    journal_.batches[0].done({});
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(200));
    EXPECT_THAT(two_.statuses, ElementsAre(200));
    EXPECT_EQ(counters_.accepted.value(), 3U);
}

TEST_F(DoorTemplatesTest, ATemplateThatFailsTakesNothingFromOtherSinks) {
    serve(make_route({{.id = "a", .columns = {template_column("error 'bad'")}},
                      {.id = "b", .columns = {body_column()}}}));
    post("", "application/json", "{}", one_);
    run_posted();
    EXPECT_THAT(journal_.csv(), ElementsAre("\"{}\"\n"));
    journal_.batches[0].done({});
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(422));
    EXPECT_THAT(one_.body, HasSubstr("Column \\\"t\\\": bad."));
}

TEST_F(DoorTemplatesTest, WhatTheEvaluatorCannotTakeIs503ForItsSinkAlone) {
    evaluator_.refusal = Error(Code::overloaded, "Too many.").named("stream.in.templatesBusy");
    serve(make_route({{.id = "a", .columns = {template_column("std.t")}},
                      {.id = "b", .columns = {body_column()}}}));
    post("", "application/json", "1", one_);
    post("lines", "", "2\n3\n", two_);
    run_posted();
    EXPECT_THAT(journal_.csv(), ElementsAre("\"1\"\n\"2\"\n\"3\"\n"));
    journal_.batches[0].done({});
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_THAT(one_.body, HasSubstr("stream.in.templatesBusy"));
    EXPECT_THAT(two_.statuses, ElementsAre(503));
    EXPECT_EQ(counters_.rejected.value(), 3U);
}

// Goal    no 2xx for a record that is stored nowhere.
// Method  one of three values is not to be had, for a sink that takes what it can of a request.
TEST_F(DoorTemplatesTest, ASinkThatIsBusyForARecordTakesNothingOfTheRequest) {
    evaluator_.held = true;
    SourceSettings skipping;
    skipping.bad_records = BadRecords::skip;
    for (const bool keeps : {true, false}) {
        SCOPED_TRACE(keeps);
        journal_.batches.clear();
        serve(make_route({{.id = "a",
                           .columns = {template_column("std.t")},
                           .rejects = keeps ? keeping() : RejectSettings{}},
                          {.id = "b", .columns = {body_column()}}},
                         true, 1, keeps ? SourceSettings{} : skipping));
        RecordingRequester client;
        post("lines", "", "1\n2\n3\n", client);
        answer_with({std::string("\"t\""), failed_value(), busy_value()});
        EXPECT_THAT(journal_.csv(), ElementsAre("\"1\"\n\"2\"\n\"3\"\n")) << "of the other sink";
        complete();
        EXPECT_THAT(client.statuses, ElementsAre(503));
        EXPECT_THAT(client.body, HasSubstr("Line 3: column \\\"t\\\": Too many."))
            << "and not line 2";
        rejects_.executor.run_ready();
        EXPECT_TRUE(rejects_.store.rejects.empty()) << "it would be kept again";
    }
}

TEST_F(DoorTemplatesTest, ARequestWithAKeyAndABusySinkStoresNothing) {
    evaluator_.held = true;
    serve(make_route({{.id = "a", .columns = {template_column("std.t")}},
                      {.id = "b", .columns = {body_column()}}}));
    post_keyed("k", "1", one_);
    answer_with({busy_value()});
    EXPECT_TRUE(journal_.batches.empty());
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_EQ(counters_.failed.value(), 1U);

    post_keyed("k", "1", two_);
    answer_with({std::string("\"t\"")});
    EXPECT_THAT(journal_.csv(), ElementsAre("\"t\"\n\"1\"\n"));
    complete();
    EXPECT_THAT(two_.statuses, ElementsAre(200));
    EXPECT_THAT(two_.reply_headers, testing::Not(HasSubstr("Replayed")));
}

TEST_F(DoorTemplatesTest, AnEvaluatorThatIsBusyIsNotAskedAndNothingParks) {
    evaluator_.busy = true;
    serve(make_route({{.id = "a", .columns = {template_column("std.t")}},
                      {.id = "b", .columns = {body_column()}}}));
    post("", "application/json", "1", one_);
    EXPECT_TRUE(evaluator_.waiting.empty());
    run_posted();
    EXPECT_THAT(journal_.csv(), ElementsAre("\"1\"\n"));
    journal_.batches[0].done({});
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(503));
    EXPECT_THAT(one_.body, HasSubstr("stream.in.templatesBusy"));
}

// Goal    a change of the source is served only when all rows of the old mapping are handed over.
// Method  park requests by the old route, change it, and look at the order of rows and notice.
TEST_F(DoorTemplatesTest, AChangeWaitsForRequestsThatWereParkedBeforeIt) {
    evaluator_.held = true;
    serve(make_route({{.id = "a", .columns = {template_column("std.t")}}}));
    post("", "application/json", "{}", one_);
    post("", "application/json", "{}", two_);
    std::vector<std::size_t> batches_when_served;
    const auto note = [&] { batches_when_served.push_back(journal_.batches.size()); };
    intake_.set_route(
        shop(), make_route({{.id = "a", .columns = {template_column("std.u")}}}, true, 2), note);
    post("", "application/json", "{}", three_);

    evaluator_.answer_next();
    run_posted();
    EXPECT_TRUE(batches_when_served.empty());
    evaluator_.answer_next();
    run_posted();
    EXPECT_THAT(batches_when_served, ElementsAre(2U));
    EXPECT_EQ(journal_.batches[1].groups[0].sink.mapping, MappingVersion(1));
    evaluator_.answer_next();
    run_posted();
    EXPECT_EQ(journal_.batches[2].groups[0].sink.mapping, MappingVersion(2));
}

// The same for one whose values show that some record is to be kept, which takes its time too.
TEST_F(DoorTemplatesTest, AChangeWaitsForARequestThatIsParkedTwice) {
    evaluator_.held = true;
    serve(make_route({{.id = "a", .columns = {template_column("std.t")}, .rejects = keeping()},
                      {.id = "b", .columns = {body_column()}}}));
    post_keyed("k", "1", one_);
    bool served = false;
    intake_.set_route(shop(), make_route({{.id = "b", .columns = {body_column()}}}, true, 2),
                      [&] { served = true; });
    answer_with({failed_value()});
    EXPECT_FALSE(served) << "its rows are of the old mapping, and not handed over";
    rejects_.executor.run_ready();
    run_posted();
    EXPECT_TRUE(served);
    EXPECT_THAT(journal_.csv(), ElementsAre("\"1\"\n"));
}

TEST_F(DoorTemplatesTest, ARequestWithTooManyRecordsForTemplatesIsRefused) {
    serve(make_route({{.id = "a", .columns = {template_column("std.t")}}}));
    std::string lines;
    for (int i = 0; i < 300'000; ++i) lines += "1\n";
    post("lines", "", lines, one_);
    run_posted();
    EXPECT_THAT(one_.statuses, ElementsAre(413));
    EXPECT_THAT(one_.body, HasSubstr("too many records for templates"));
    EXPECT_TRUE(journal_.batches.empty());
}

TEST_F(DoorTemplatesTest, AValueThatComesAfterTheEndIsNobodys) {
    evaluator_.held = true;
    serve(make_route({{.id = "a", .columns = {template_column("std.t")}}}));
    post("", "application/json", "{}", one_);
    bool served = false;
    intake_.set_route(shop(), nullptr, [&] { served = true; });
    EXPECT_FALSE(served);
    intake_.abandon();
    EXPECT_TRUE(served);
    evaluator_.answer_next();
    run_posted();
    EXPECT_TRUE(one_.statuses.empty());
}

}  // namespace
}  // namespace millrace::ingest
