#include "api/ingest/unverified_log.h"

#include <gtest/gtest.h>

#include <utility>

namespace millrace::ingest {
namespace {

using Names = std::vector<std::string>;

std::shared_ptr<pipeline::SourceRoute> route_of(const std::string& source,
                                                const std::string& details) {
    auto mapper = mapping::SourceMapper::compile({}, {});
    auto route = std::make_shared<pipeline::SourceRoute>(
        pipeline::SourceRoute{.key = {ProjectId(1), BranchId(1), SourceId(source)},
                              .details = details,
                              .secret = Secret("secret"),
                              .sinks = {},
                              .mapper = std::move(mapper).value()});
    route->sinks.push_back({.sink = SinkId("sink"), .version = {}});
    return route;
}

TEST(UnverifiedLogTest, ASourceIsDueOnceADayWhileItReceives) {
    UnverifiedLog log;
    const auto open = route_of("open", "{}");
    const auto closed = route_of("closed", R"({"preset":"github"})");
    log.set_route({ProjectId(1), SourceId("open")}, open);
    log.set_route({ProjectId(1), SourceId("closed")}, closed);
    const auto receive = [](const auto& route) { route->sinks[0].counters->add_received(1); };
    const SteadyTime start{};
    const auto day = std::chrono::hours(24);

    EXPECT_EQ(log.due(start), Names());
    receive(open);
    receive(closed);
    EXPECT_EQ(log.due(start), Names{"open"});
    receive(open);
    EXPECT_EQ(log.due(start + day - Milliseconds(1)), Names());
    EXPECT_EQ(log.due(start + day), Names{"open"});
    EXPECT_EQ(log.due(start + 2 * day), Names()) << "it has received nothing since";
    receive(open);
    EXPECT_EQ(log.due(start + 2 * day), Names{"open"});

    log.set_route({ProjectId(1), SourceId("open")}, nullptr);
    receive(open);
    EXPECT_EQ(log.due(start + 9 * day), Names());
}

}  // namespace
}  // namespace millrace::ingest
