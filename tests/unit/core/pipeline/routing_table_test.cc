#include "core/pipeline/routing_table.h"

#include <gtest/gtest.h>

#include <utility>

namespace millrace::pipeline {
namespace {

std::shared_ptr<const SourceRoute> route(std::uint32_t project, std::string source) {
    return std::make_shared<const SourceRoute>(SourceRoute{
        .key = {.project = ProjectId(project), .branch = BranchId(1), .source = SourceId(source)},
        .secret = Secret("s"),
        .enabled = true,
        .sinks = {},
        .mapper = mapping::SourceMapper::compile({}, {}).value()});
}

TEST(RoutingTableTest, FindsByProjectAndSource) {
    RoutingTable table;
    const auto a = route(1, "a");
    const auto b = route(2, "a");
    table.set({ProjectId(1), SourceId("a")}, a);
    table.set({ProjectId(2), SourceId("a")}, b);
    EXPECT_EQ(*table.find(ProjectId(1), "a"), a);
    EXPECT_EQ(*table.find(ProjectId(2), "a"), b);
    EXPECT_EQ(table.find(ProjectId(1), "b"), nullptr);
    EXPECT_EQ(table.find(ProjectId(3), "a"), nullptr);
}

TEST(RoutingTableTest, ANewRouteReplacesTheOldOneAndNullRemovesIt) {
    RoutingTable table;
    const auto first = route(1, "a");
    const auto second = route(1, "a");
    table.set({ProjectId(1), SourceId("a")}, first);
    table.set({ProjectId(1), SourceId("a")}, second);
    EXPECT_EQ(table.size(), 1U);
    EXPECT_EQ(*table.find(ProjectId(1), "a"), second);
    EXPECT_EQ(first.use_count(), 1);
    table.set({ProjectId(1), SourceId("a")}, nullptr);
    table.set({ProjectId(1), SourceId("never")}, nullptr);
    EXPECT_EQ(table.size(), 0U);
    EXPECT_EQ(table.find(ProjectId(1), "a"), nullptr);
}

}  // namespace
}  // namespace millrace::pipeline
