// Goal    a sink takes all records of a request or none, and says which were bad.
// Method  sinks with one column each: the body, or a path that only some records have.

#include "core/pipeline/batch_acceptor.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/counting_rng.h"

namespace millrace::pipeline {
namespace {

constexpr std::uint64_t kBytesMax = 400;
constexpr std::uint64_t kRowsMax = 1000;

Column body() {
    Column made;
    made.type = ColumnType::body;
    made.name = "b";
    return made;
}
Column a() {
    Column made;
    made.type = ColumnType::path;
    made.name = "a";
    made.path = "a";
    return made;
}

// A sink per column, in order; sink i has the number i + 1.
SourceRoute route_of(const std::vector<Column>& columns, BadRecords bad = BadRecords::refuse) {
    std::vector<std::vector<Column>> mappings;
    std::vector<SinkRoute> sinks;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        mappings.push_back({columns[i]});
        sinks.push_back({.sink = SinkId("sink-" + std::to_string(i)),
                         .version = {SinkNumber(i + 1), MappingVersion(7)},
                         .sync_wait = i % 2 == 0});
    }
    return {.key = {},
            .secret = Secret("s"),
            .enabled = true,
            .settings = {.bad_records = bad},
            .sinks = std::move(sinks),
            .mapper = mapping::SourceMapper::compile(mappings, {}).value()};
}

class BatchAcceptorTest : public testing::Test {
protected:
    const BatchAcceptance& accept(const SourceRoute& route, std::string_view text,
                                  RecordForm form = RecordForm::lines) {
        auto accepted = try_accept(route, text, form);
        EXPECT_TRUE(accepted.ok());
        return *accepted.value();
    }
    Result<BatchAcceptance*> try_accept(const SourceRoute& route, std::string_view text,
                                        RecordForm form) {
        const Record request{.arrived_at = WallTime{0},
                             .client_ip = "127.0.0.1",
                             .headers = {},
                             .content_type = "text/plain",
                             .body = text};
        return batches_.accept(request, form, route, batch_);
    }
    // "sink:rows:bytes " of every group.
    std::string groups() const {
        std::string text;
        for (const auto& group : batch_.groups) {
            text += std::to_string(group.sink.sink.value) + ":" + std::to_string(group.rows) + ":" +
                    std::to_string(group.bytes) + " ";
        }
        return text;
    }

    test::CountingRng rng_;
    Acceptor acceptor_{rng_};
    BatchAcceptor batches_{acceptor_, {.bytes_max = kBytesMax, .rows_max = kRowsMax}};
    RowBatch batch_;
};

TEST_F(BatchAcceptorTest, RowsOfASinkAreOneGroupInTheOrderSent) {
    const auto route = route_of({body(), a()});
    const auto& acceptance = accept(route, "{\"a\":1}\n\n{\"a\":2}\n{\"a\":3}\n");
    EXPECT_EQ(acceptance.records, 3U);
    EXPECT_EQ(acceptance.accepted, 3U);
    EXPECT_EQ(acceptance.rejected(), 0U);
    EXPECT_TRUE(acceptance.has_synced);
    EXPECT_TRUE(acceptance.has_unsynced);
    EXPECT_EQ(batch_.csv,
              "\"{\"\"a\"\":1}\"\n\"{\"\"a\"\":2}\"\n\"{\"\"a\"\":3}\"\n\"1\"\n\"2\"\n\"3\"\n");
    EXPECT_EQ(groups(), "1:3:36 2:3:12 ");
    accept(route, "[{\"a\":4}]", RecordForm::array);
    EXPECT_EQ(groups(), "1:3:36 2:3:12 1:1:12 2:1:4 ");
}

TEST_F(BatchAcceptorTest, ASinkThatKeepsItsRejectsTakesTheOtherRecords) {
    auto route = route_of({a(), body()});
    route.sinks[0].rejects = {.keep = true, .bounds = {}, .age = {}};
    const auto& acceptance = accept(route, "{\"a\":1}\n{\"b\":2}\n{\n{\"a\":3}");
    EXPECT_EQ(groups(), "1:2:8 2:4:40 ");
    EXPECT_EQ(acceptance.records, 4U);
    EXPECT_EQ(acceptance.accepted, 4U);
    EXPECT_EQ(acceptance.kept, 2U);
    EXPECT_FALSE(acceptance.sinks[0].refused);
    EXPECT_EQ(acceptance.sinks[0].accepted, 4U);
    EXPECT_EQ(acceptance.sinks[0].kept, 2U);
    EXPECT_EQ(acceptance.sinks[0].rejected, 0U);
    ASSERT_EQ(acceptance.rejects.items.size(), 2U);
    EXPECT_EQ(acceptance.rejects.items[0].reject.body, "{\"b\":2}");
    EXPECT_EQ(acceptance.rejects.items[1].reject.body, "{");
    EXPECT_EQ(acceptance.rejects.items[1].reject.content_type, "application/json");
}

// Goal    a sink that keeps has all bad records, though another one has refused the request; and
//         what it keeps counts for the limit of the request.
TEST_F(BatchAcceptorTest, EveryBadRecordIsKept) {
    auto route = route_of({a(), a()});
    route.sinks[1].rejects = {.keep = true, .bounds = {}, .age = {}};
    std::string lines;
    for (int i = 0; i < 30; ++i) lines += "{}\n";
    const auto refused = try_accept(route, lines, RecordForm::lines);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::too_large);

    BatchAcceptor roomy(acceptor_, {.bytes_max = 1 << 20, .rows_max = kRowsMax});
    const Record request{.arrived_at = WallTime{0},
                         .client_ip = "127.0.0.1",
                         .headers = {},
                         .content_type = "text/plain",
                         .body = lines};
    const auto accepted = roomy.accept(request, RecordForm::lines, route, batch_);
    ASSERT_TRUE(accepted.ok());
    const auto& acceptance = *accepted.value();
    EXPECT_TRUE(acceptance.sinks[0].refused);
    EXPECT_EQ(acceptance.accepted, 0U);
    EXPECT_EQ(acceptance.kept, 0U);
    EXPECT_EQ(acceptance.sinks[1].kept, 30U);
    EXPECT_EQ(acceptance.rejects.items.size(), 30U);
}

TEST_F(BatchAcceptorTest, ASinkTakesNothingOfARequestWithABadRecord) {
    const auto route = route_of({body(), a()});
    const auto& acceptance = accept(route, "{\"a\":1}\n{\"b\":2}\n\n{\n{\"a\":3}");
    EXPECT_EQ(groups(), "1:4:40 ");
    EXPECT_EQ(acceptance.records, 4U);
    EXPECT_EQ(acceptance.accepted, 0U) << "no record was taken by every sink";
    EXPECT_TRUE(acceptance.has_synced);
    EXPECT_FALSE(acceptance.has_unsynced) << "the refused sink decides nothing";
    EXPECT_FALSE(acceptance.sinks[0].refused);
    EXPECT_EQ(acceptance.sinks[0].accepted, 4U);
    const auto& refused = acceptance.sinks[1];
    EXPECT_TRUE(refused.refused);
    EXPECT_EQ(refused.accepted, 0U);
    EXPECT_EQ(refused.rejected, 4U);
    ASSERT_EQ(refused.bad.size(), 2U);
    EXPECT_EQ(refused.bad[0].number, 2U);
    EXPECT_EQ(refused.bad[0].error.name(), "stream.in.pathNotFound");
    EXPECT_EQ(refused.bad[1].number, 4U) << "empty lines count";
    EXPECT_EQ(refused.bad[1].error.name(), "stream.in.invalidJson");
}

TEST_F(BatchAcceptorTest, BadRecordsAreSkippedWhereTheSourceSaysSo) {
    const auto route = route_of({a(), body()}, BadRecords::skip);
    const auto& acceptance = accept(route, "[{\"a\":1},{\"b\":2},{\"a\":3}]", RecordForm::array);
    EXPECT_EQ(batch_.csv,
              "\"1\"\n\"3\"\n\"{\"\"a\"\":1}\"\n\"{\"\"b\"\":2}\"\n\"{\"\"a\"\":3}\"\n");
    EXPECT_EQ(groups(), "1:2:8 2:3:36 ");
    EXPECT_EQ(acceptance.accepted, 2U);
    EXPECT_FALSE(acceptance.sinks[0].refused);
    EXPECT_EQ(acceptance.sinks[0].accepted, 2U);
    EXPECT_EQ(acceptance.sinks[0].rejected, 1U);
    ASSERT_EQ(acceptance.sinks[0].bad.size(), 1U);
    EXPECT_EQ(acceptance.sinks[0].bad[0].number, 2U);
    EXPECT_EQ(acceptance.sinks[1].rejected, 0U);
}

TEST_F(BatchAcceptorTest, ARefusedRequestIsCountedToItsEndButNamesAFewRecordsOnly) {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "x\n";
    const auto route = route_of({a()});
    const auto& acceptance = accept(route, text);
    EXPECT_EQ(acceptance.records, 1000U);
    EXPECT_EQ(acceptance.sinks[0].rejected, 1000U);
    EXPECT_EQ(acceptance.sinks[0].bad.size(), 10U);
    EXPECT_FALSE(acceptance.has_rows());
    EXPECT_TRUE(batch_.groups.empty());
}

TEST_F(BatchAcceptorTest, RowsOverTheLimitLeaveTheBatchAsItWas) {
    const auto route = route_of({body()});
    accept(route, "1\n2\n");
    const auto before = batch_.csv;
    std::string text;
    for (int i = 0; i < 101; ++i) text += "1\n";  // 4 bytes of CSV each
    const auto accepted = try_accept(route, text, RecordForm::lines);
    ASSERT_FALSE(accepted.ok());
    EXPECT_EQ(accepted.error().code(), Code::too_large);
    EXPECT_EQ(accepted.error().name(), "stream.in.payloadTooLarge");
    EXPECT_EQ(batch_.csv, before);
    EXPECT_EQ(accept(route, text.substr(2)).records, 100U) << "the limit itself fits";
}

// Goal    a request that is mapped in steps, with others between them, becomes what it is at once.
// Method  a step is one record; between two of them the acceptor maps another request, and the
//         request moves to another place.
TEST_F(BatchAcceptorTest, StepsMakeTheSameRowsAsAllAtOnce) {
    const auto route = route_of({body(), a()}, BadRecords::skip);
    const auto other_route = route_of({body()});
    std::string text = "{\"a\":1}\n\n{\"b\":2}\n{\"a\":3}\n";
    accept(route, text);
    const auto at_once = std::exchange(batch_, {});

    Record request{.arrived_at = WallTime{0},
                   .client_ip = "127.0.0.1",
                   .headers = {},
                   .content_type = "text/plain",
                   .body = text};
    ASSERT_TRUE(batches_.begin(request, RecordForm::lines, route).ok());
    std::string moved;
    for (int records = 0; records < 3; ++records) {
        const auto is_done = batches_.go_on(1);
        ASSERT_TRUE(is_done.ok());
        EXPECT_FALSE(is_done.value());
        RowBatch other;
        Record another = request;
        another.body = "x";
        acceptor_.accept(another, other_route, other);
        std::swap(moved, text);
        text = moved;
        request.body = text;
        batches_.move_to(request);
    }
    EXPECT_TRUE(batches_.go_on(1).value());
    const auto& acceptance = batches_.finish(batch_);
    EXPECT_EQ(batch_.csv, at_once.csv);
    EXPECT_EQ(batch_.groups.size(), at_once.groups.size());
    EXPECT_EQ(acceptance.records, 3U);
    EXPECT_EQ(acceptance.sinks[1].rejected, 1U);
    EXPECT_EQ(acceptance.sinks[1].bad[0].number, 3U);
}

TEST_F(BatchAcceptorTest, RecordsTimesSinksAreBoundedWhateverBecomesOfThem) {
    const auto lines = [](std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) text += "x\n";
        return text;
    };
    const auto skipping = route_of({a(), a()}, BadRecords::skip);
    EXPECT_EQ(accept(skipping, lines(kRowsMax / 2)).records, kRowsMax / 2);
    const auto refusing = route_of({a(), a()});  // which counts to the end
    for (const auto* const route : {&skipping, &refusing}) {
        const auto refused = try_accept(*route, lines(kRowsMax / 2 + 1), RecordForm::lines);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code(), Code::too_large);
        EXPECT_EQ(refused.error().name(), "stream.in.tooManyRecords");
        EXPECT_EQ(refused.error().client_text(),
                  "The request has more than 500 records, send fewer at a time.");
        EXPECT_TRUE(batch_.groups.empty());
    }
}

TEST_F(BatchAcceptorTest, ABrokenArrayIsAnErrorOfTheRequest) {
    const auto accepted = try_accept(route_of({body()}), "[1,2", RecordForm::array);
    ASSERT_FALSE(accepted.ok());
    EXPECT_EQ(accepted.error().name(), "stream.in.invalidJson");
    EXPECT_TRUE(batch_.csv.empty());
}

TEST_F(BatchAcceptorTest, WithoutASinkOrARecordNothingHappens) {
    const auto none = route_of({});
    EXPECT_EQ(accept(none, "1\n2\n").records, 2U);
    EXPECT_EQ(accept(none, "1\n2\n").rejected(), 0U);
    const auto route = route_of({a()});
    const auto& acceptance = accept(route, "\n\n");
    EXPECT_EQ(acceptance.records, 0U);
    EXPECT_FALSE(acceptance.sinks[0].refused);
    EXPECT_FALSE(acceptance.has_rows());
}

}  // namespace
}  // namespace millrace::pipeline
