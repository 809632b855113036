#include "core/definitions/route_builder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::definitions {
namespace {

Sink sink_of(std::string id, std::vector<Signal> signals) {
    Sink sink;
    sink.key.sink = SinkId(std::move(id));
    sink.number = SinkNumber(1 + sink.key.sink.value.size());
    sink.columns = {{.type = ColumnType::uuid, .name = "id"}};
    sink.signals = std::move(signals);
    return sink;
}

std::string sinks_of(const pipeline::SourceRoute& route) {
    std::string all;
    for (const auto& sink : route.sinks) all += sink.sink.value + " ";
    return all;
}

class RouteBuilderTest : public testing::Test {
protected:
    RouteBuilder::Route build(SourceKindName kind, const std::vector<Sink>& sinks) {
        Source source;
        source.kind = std::move(kind);
        return builder_.build(source, sinks).value();
    }

    pipeline::SinkCounterSet counters_;
    RouteBuilder builder_{{}, kNoOverrides, counters_};
};

TEST_F(RouteBuilderTest, EachSignalHasTheSinksThatTakeIt) {
    const auto route = build(kOtlpSource, {sink_of("a", {Signal::logs}), sink_of("bb", {}),
                                           sink_of("ccc", {Signal::traces, Signal::logs})});
    EXPECT_EQ(sinks_of(*route), "a bb ccc ");
    EXPECT_EQ(sinks_of(*route->by_signal[0]), "a bb ccc ");
    EXPECT_EQ(sinks_of(*route->by_signal[1]), "bb ");
    EXPECT_EQ(sinks_of(*route->by_signal[2]), "bb ccc ");
    for (const auto& of_signal : route->by_signal) {
        EXPECT_EQ(of_signal->settings.bad_records, BadRecords::skip);
        EXPECT_EQ(of_signal->rates, route->rates);
        EXPECT_EQ(of_signal->by_signal[0], nullptr);
    }
}

TEST_F(RouteBuilderTest, ASourceOfAnotherKindHasNoSignals) {
    const auto route = build(kHttpSource, {sink_of("a", {})});
    for (const auto& of_signal : route->by_signal) EXPECT_EQ(of_signal, nullptr);
    EXPECT_EQ(route->settings.bad_records, BadRecords::refuse);
}

}  // namespace
}  // namespace millrace::definitions
