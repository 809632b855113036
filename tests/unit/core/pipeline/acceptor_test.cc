#include "core/pipeline/acceptor.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/pipeline/row_slot.h"
#include "tests/support/counting_rng.h"

namespace millrace::pipeline {
namespace {

Column column(ColumnType type, std::string path = "") {
    Column made;
    made.type = type;
    made.name = "c";
    made.path = std::move(path);
    return made;
}

// A sink per column, in order; sink i has the number i + 1.
SourceRoute route_of(const std::vector<Column>& columns, std::vector<bool> sync_wait) {
    std::vector<std::vector<Column>> mappings;
    std::vector<SinkRoute> sinks;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        mappings.push_back({columns[i]});
        sinks.push_back({.sink = SinkId("sink-" + std::to_string(i)),
                         .version = {SinkNumber(i + 1), MappingVersion(7)},
                         .sync_wait = sync_wait[i]});
    }
    return {.key = {},
            .secret = Secret("s"),
            .enabled = true,
            .sinks = std::move(sinks),
            .mapper = mapping::SourceMapper::compile(mappings, {}).value()};
}

Record record(std::string_view body) {
    return {.arrived_at = WallTime{0},
            .client_ip = "127.0.0.1",
            .headers = {},
            .content_type = "application/json",
            .body = body};
}

class AcceptorTest : public testing::Test {
protected:
    test::CountingRng rng_;
    Acceptor acceptor_{rng_};
    RowBatch batch_;
};

TEST_F(AcceptorTest, NeighbouringRowsOfOneSinkShareAGroup) {
    const auto route = route_of({column(ColumnType::body)}, {true});
    EXPECT_EQ(acceptor_.accept(record("a"), route, batch_).rows, 1U);
    EXPECT_EQ(acceptor_.accept(record("bc"), route, batch_).rows, 1U);
    EXPECT_EQ(batch_.csv, "\"a\"\n\"bc\"\n");
    ASSERT_EQ(batch_.groups.size(), 1U);
    EXPECT_EQ(batch_.groups[0].sink, (SinkVersion{SinkNumber(1), MappingVersion(7)}));
    EXPECT_EQ(batch_.groups[0].rows, 2U);
    EXPECT_EQ(batch_.groups[0].bytes, batch_.csv.size());
}

TEST_F(AcceptorTest, ARowWithoutAnyValueOfTheBodyIsTold) {
    auto with_default = column(ColumnType::path, "a");
    with_default.default_value = "";
    const auto route = route_of(
        {with_default, column(ColumnType::datetime), column(ColumnType::body)}, {true, true, true});
    EXPECT_EQ(acceptor_.accept(record("{\"b\":1}"), route, batch_).defaulted,
              std::vector<std::size_t>{0});
    EXPECT_TRUE(acceptor_.accept(record("{\"a\":1}"), route, batch_).defaulted.empty());
}

TEST_F(AcceptorTest, ASinkThatKeepsItsRejectsGetsTheRecordAsItCame) {
    auto route = route_of({column(ColumnType::path, "missing"), column(ColumnType::path, "gone")},
                          {true, true});
    route.sinks[0].rejects = {
        .keep = true, .bounds = {.count = 3, .bytes = 4}, .age = std::chrono::seconds(5)};
    const std::vector<RequestHeader> headers = {{"x-a", "1"}, {"Cookie", "secret"}};
    auto sent = record("{ }");
    sent.arrived_at = WallTime{900'000};
    sent.age = AgeTime{1000};
    sent.headers = headers;
    const auto& acceptance = acceptor_.accept(sent, route, batch_);
    ASSERT_EQ(acceptance.refusals.size(), 2U);
    EXPECT_TRUE(acceptance.refusals[0].is_kept);
    EXPECT_FALSE(acceptance.refusals[1].is_kept);
    ASSERT_EQ(acceptance.rejects.items.size(), 1U);
    const auto& [reject, bounds] = acceptance.rejects.items[0];
    EXPECT_EQ(bounds, (RejectBounds{.count = 3, .bytes = 4}));
    EXPECT_EQ(reject.sink, SinkNumber(1));
    EXPECT_EQ(reject.arrived_at, WallTime{900'000});
    EXPECT_EQ(reject.expires_at, AgeTime{6000});
    EXPECT_EQ(reject.error, "stream.in.pathNotFound");
    EXPECT_EQ(reject.message, "column \"c\": path \"missing\" not found in the body");
    EXPECT_EQ(reject.column, "c");
    EXPECT_EQ(reject.client_ip, "127.0.0.1");
    EXPECT_EQ(reject.content_type, "application/json");
    EXPECT_EQ(reject.headers, R"({"X-A":"1"})");
    EXPECT_EQ(reject.body, "{ }");
    EXPECT_TRUE(acceptor_.accept(record("{\"missing\":1,\"gone\":2}"), route, batch_)
                    .rejects.items.empty());
}

TEST_F(AcceptorTest, WhatWasNotEvaluatedForLackOfRoomIsNoReject) {
    auto general = column(ColumnType::jsonnet);
    general.template_text = "std.length('a')";
    auto route = route_of({general}, {true});
    route.sinks[0].rejects = {
        .keep = true, .bounds = {.count = 3, .bytes = 4}, .age = std::chrono::seconds(5)};
    const std::vector<Result<std::string>> values = {
        Error(Code::overloaded, "busy").named("stream.in.templatesBusy")};
    const auto& acceptance = acceptor_.accept(record("{}"), route, batch_, values);
    ASSERT_EQ(acceptance.refusals.size(), 1U);
    EXPECT_EQ(acceptance.refusals[0].error.code(), Code::overloaded);
    EXPECT_FALSE(acceptance.refusals[0].is_kept);
    EXPECT_TRUE(acceptance.rejects.items.empty());
}

TEST_F(AcceptorTest, ASinkThatCannotMapTakesNothingFromTheOthers) {
    const auto route = route_of(
        {column(ColumnType::body), column(ColumnType::path, "missing"), column(ColumnType::ip)},
        {true, true, false});
    const auto& acceptance = acceptor_.accept(record("{}"), route, batch_);
    EXPECT_EQ(acceptance.rows, 2U);
    ASSERT_EQ(acceptance.refusals.size(), 1U);
    EXPECT_EQ(acceptance.refusals[0].sink, 1U);
    EXPECT_EQ(acceptance.refusals[0].error.name(), "stream.in.pathNotFound");
    EXPECT_TRUE(acceptance.has_synced);
    EXPECT_TRUE(acceptance.has_unsynced);
    EXPECT_EQ(batch_.csv, "\"{}\"\n\"127.0.0.1\"\n");
    ASSERT_EQ(batch_.groups.size(), 2U);
    EXPECT_EQ(batch_.groups[0].bytes + batch_.groups[1].bytes, batch_.csv.size());
}

TEST_F(AcceptorTest, RefusalsAreCountedByTheirReason) {
    const auto route =
        route_of({column(ColumnType::path, "a"), column(ColumnType::path, "b")}, {true, true});
    acceptor_.accept(record("{}"), route, batch_);
    acceptor_.accept(record("{\"a\":1}"), route, batch_);
    acceptor_.accept(record("{"), route, batch_);
    std::map<std::string_view, std::uint64_t> totals;
    acceptor_.refusal_counts().add_to(totals);
    EXPECT_EQ(totals, (std::map<std::string_view, std::uint64_t>{{"stream.in.pathNotFound", 3},
                                                                 {"stream.in.invalidJson", 2}}));
}

TEST_F(AcceptorTest, ARefusedSinkDoesNotDecideWhenToAnswer) {
    const auto route =
        route_of({column(ColumnType::path, "missing"), column(ColumnType::ip)}, {true, false});
    const auto& acceptance = acceptor_.accept(record("{}"), route, batch_);
    EXPECT_FALSE(acceptance.has_synced);
    EXPECT_TRUE(acceptance.has_unsynced);
}

TEST_F(AcceptorTest, WithoutASinkNothingHappens) {
    const auto route = route_of({}, {});
    const auto& acceptance = acceptor_.accept(record("a"), route, batch_);
    EXPECT_EQ(acceptance.rows, 0U);
    EXPECT_TRUE(acceptance.refusals.empty());
    EXPECT_TRUE(batch_.groups.empty());
}

// Goal    a slot takes out exactly what accept() added, wherever it begins, and also when it ends.
// Method  begin a slot after every number of records, and compare both halves with batches made
//         alone.
TEST_F(AcceptorTest, ASlotTakesOutWhatWasAddedSinceAnyRecord) {
    const auto one = route_of({column(ColumnType::body)}, {true});
    const auto two = route_of({column(ColumnType::ip), column(ColumnType::body)}, {true, true});
    const auto fill = [&](RowBatch& batch, int from, int to) {
        for (int i = from; i < to; ++i) {
            acceptor_.accept(record(std::to_string(i * i)), i % 3 == 2 ? two : one, batch);
        }
    };
    const auto shape = [](const RowBatch& batch) {
        std::string text = batch.csv;
        for (const auto& group : batch.groups) {
            text += std::to_string(group.sink.sink.value) + ":" + std::to_string(group.rows) + ":" +
                    std::to_string(group.bytes) + " ";
        }
        return text;
    };
    for (int at = 0; at <= 8; ++at) {
        SCOPED_TRACE(at);
        RowBatch whole;
        RowBatch head;
        RowBatch tail;
        fill(whole, 0, at);
        fill(head, 0, at);
        fill(tail, at, 8);
        {
            RowSlot dropped(whole);
            fill(whole, at, 8);
        }
        EXPECT_EQ(shape(whole), shape(head));
        RowSlot slot(whole);
        fill(whole, at, 8);
        const auto rest = slot.take();
        EXPECT_EQ(shape(whole), shape(head));
        EXPECT_EQ(shape(rest), shape(tail));
        RowSlot kept(whole);
        fill(whole, at, 8);
        EXPECT_EQ(kept.bytes(), tail.csv.size());
        kept.keep();
    }
}

}  // namespace
}  // namespace millrace::pipeline
