#include "core/pipeline/recent_requests.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace millrace::pipeline {
namespace {

using Of = SourceTap::Of;
using Wanted = SourceTap::Wanted;

SourceKey key(const std::string& source) {
    return {.project = ProjectId(1), .branch = BranchId(1), .source = SourceId(source)};
}

SeenRequest good(std::string body = "good") {
    SeenRequest request;
    request.body = std::move(body);
    request.outcome.accepted = 1;
    return request;
}

SeenRequest bad(std::string body = "bad") {
    SeenRequest request;
    request.body = std::move(body);
    request.outcome.error = Error(Code::invalid, "no");
    return request;
}

std::vector<std::string> bodies(const SourceTap::Found& found) {
    std::vector<std::string> all;
    for (const auto& request : found.requests) all.push_back(request->body);
    return all;
}

using Bodies = std::vector<std::string>;

TEST(SampleGateTest, LetsABurstThroughAndThenSoManyASecond) {
    SampleGate gate;
    int passed = 0;
    for (int i = 0; i < 1000; ++i) passed += gate.passes(AgeTime{1'000'000}) ? 1 : 0;
    EXPECT_EQ(passed, 32);
    passed = 0;
    for (int ms = 1; ms <= 1000; ++ms) passed += gate.passes(AgeTime{1'000'000 + ms}) ? 1 : 0;
    EXPECT_EQ(passed, 50);
    EXPECT_TRUE(gate.passes(AgeTime{2'000'000})) << "a pause";
}

TEST(RecentRequestsTest, TheNewestComeFirstWhicheverRingTheyAreIn) {
    RecentRequests recent;
    const auto tap = recent.of(key("s"));
    tap->add(good("1"));
    tap->add(bad("2"));
    auto foreign = bad("3");
    foreign.is_foreign = true;
    tap->add(std::move(foreign));
    tap->add(good("4"));
    EXPECT_EQ(bodies(tap->newest(Wanted::all, 0, 10)), (Bodies{"4", "3", "2", "1"}));
    EXPECT_EQ(bodies(tap->newest(Wanted::all, 0, 2)), (Bodies{"4", "3"}));
    EXPECT_EQ(bodies(tap->newest(Wanted::accepted, 0, 10)), (Bodies{"4", "1"}));
    EXPECT_EQ(bodies(tap->newest(Wanted::not_accepted, 0, 10)), (Bodies{"3", "2"}));
    const auto found = tap->newest(Wanted::not_accepted, 0, 10);
    EXPECT_EQ(bodies(tap->newest(Wanted::all, found.requests[1]->number, 10)), (Bodies{"4", "3"}));
    EXPECT_TRUE(tap->newest(Wanted::all, found.newest, 10).requests.empty());
}

TEST(RecentRequestsTest, AcceptedOnesPushOutNoOthers) {
    RecentRequests recent({.of_source = 3, .foreign = 2});
    const auto tap = recent.of(key("s"));
    tap->add(bad("why"));
    for (int i = 0; i < 10; ++i) tap->add(good(std::to_string(i)));
    EXPECT_EQ(bodies(tap->newest(Wanted::all, 0, 10)), (Bodies{"9", "8", "7", "why"}));
    for (int i = 0; i < 10; ++i) {
        auto foreign = bad("stranger");
        foreign.is_foreign = true;
        tap->add(std::move(foreign));
    }
    EXPECT_EQ(tap->newest(Wanted::not_accepted, 0, 10).requests.size(), 3U);
}

TEST(RecentRequestsTest, NumbersGoOnAboveThoseOfAnEarlierProcess) {
    RecentRequests before;
    before.begin(WallTime{1'700'000'000'000});
    before.of(key("s"))->add(good());
    const auto last = before.of(key("s"))->newest(Wanted::all, 0, 1).newest;
    RecentRequests after;
    after.begin(WallTime{1'700'000'000'001});
    after.of(key("s"))->add(good());
    EXPECT_GT(after.of(key("s"))->newest(Wanted::all, 0, 1).newest, last);
}

// Goal    memory is bounded, whatever is sent to however many sources.
TEST(RecentRequestsTest, SourcesThatNothingComesForLoseWhatTheyHave) {
    RecentRequests recent({.of_source = 100, .foreign = 20, .bytes = 100'000});
    for (int source = 0; source < 50; ++source) {
        const auto tap = recent.of(key(std::to_string(source)));
        for (int i = 0; i < 20; ++i) tap->add(good(std::string(1000, 'x')));
        EXPECT_LE(recent.bytes(), 100'000U);
        EXPECT_FALSE(tap->newest(Wanted::all, 0, 1).requests.empty()) << "the newest one";
    }
    EXPECT_TRUE(recent.of(key("0"))->newest(Wanted::all, 0, 1).requests.empty());
    EXPECT_GT(recent.of(key("0"))->newest(Wanted::all, 0, 1).newest, 0U) << "it had some";
}

TEST(RecentRequestsTest, WhatIsDroppedGivesItsMemoryBack) {
    RecentRequests recent;
    auto tap = recent.of(key("s"));
    tap->add(good());
    EXPECT_GT(recent.bytes(), 0U);
    recent.drop(key("s"));
    EXPECT_EQ(recent.bytes(), 0U);
    EXPECT_EQ(recent.find(key("s")), nullptr);
    tap->add(good());  // of a request that was under way
    tap.reset();
    EXPECT_EQ(recent.bytes(), 0U);
}

TEST(RecentRequestsTest, WhoWatchesIsToldOfTheNextOne) {
    RecentRequests recent;
    int told = 0;
    recent.on_news([&] { ++told; });
    const auto tap = recent.of(key("s"));
    tap->add(good());
    EXPECT_EQ(told, 0) << "nobody watches";
    tap->watch();
    tap->add(good());
    tap->add(good());
    EXPECT_EQ(told, 1);
}

TEST(RecentRequestsTest, ManyLoopsAddAtOnce) {
    RecentRequests recent({.of_source = 50, .foreign = 20, .bytes = 20'000});
    const auto tap = recent.of(key("s"));
    const auto other = recent.of(key("other"));
    std::vector<std::thread> loops;
    for (int loop = 0; loop < 4; ++loop) {
        loops.emplace_back([&, loop] {
            for (int i = 0; i < 500; ++i) {
                (loop % 2 == 0 ? tap : other)->add(i % 2 == 0 ? good() : bad());
                EXPECT_LE(tap->newest(Wanted::all, 0, 200).requests.size(), 100U);
            }
        });
    }
    for (auto& loop : loops) loop.join();
    const auto found = tap->newest(Wanted::all, 0, 200);
    for (std::size_t i = 1; i < found.requests.size(); ++i) {
        EXPECT_LT(found.requests[i]->number, found.requests[i - 1]->number);
    }
}

}  // namespace
}  // namespace millrace::pipeline
