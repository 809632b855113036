#include "core/pipeline/idempotency_window.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace millrace::pipeline {
namespace {

using Claim = IdempotencyWindow::Claim;

constexpr std::uint64_t kAll = 1'000'000;
constexpr Milliseconds kWindow{1000};

RequestKey request(std::string_view key, std::string_view body = "body",
                   std::string_view source = "shop") {
    return {.source = fingerprint_of({source}),
            .key = fingerprint_of({source, key}),
            .request = fingerprint_of({body})};
}

RememberedAnswer answer_to(const RequestKey& request, AgeTime at = {}, std::string body = "OK") {
    return {.request = request,
            .arrived_at = at,
            .expires_at = at + kWindow,
            .outcome = std::move(body)};
}

class IdempotencyWindowTest : public testing::Test {
protected:
    // "fresh", "in flight", "other" or the remembered body. A claim ends at once.
    std::string verdict(const RequestKey& key, AgeTime now = {}) {
        auto begun = window_.begin(key, now);
        if (const auto* answer = std::get_if<std::string>(&begun)) return *answer;
        if (std::holds_alternative<IdempotencyWindow::InFlight>(begun)) return "in flight";
        return std::holds_alternative<Claim>(begun) ? "fresh" : "other";
    }
    Claim claim(const RequestKey& key, AgeTime now = {}) {
        return std::get<Claim>(window_.begin(key, now));
    }
    void remember(const RequestKey& key, AgeTime at = {}, std::string body = "OK",
                  std::uint64_t keys_max = kAll) {
        claim(key, at).remember(answer_to(key, at, std::move(body)), keys_max);
    }

    IdempotencyWindow window_{1 << 20};
};

// A request may take longer than the window of its source: it waits for templates, for example.
TEST_F(IdempotencyWindowTest, AnAnswerThatComesAfterItsWindowIsForgottenAtOnce) {
    auto late = claim(request("a"));
    auto answer = answer_to(request("a"));
    answer.arrived_at = answer.expires_at;
    late.remember(answer, kAll);
    EXPECT_EQ(window_.totals().keys, 0U);
    EXPECT_EQ(verdict(request("a"), answer.expires_at), "fresh");
}

TEST_F(IdempotencyWindowTest, TheFirstRequestIsFreshAndTheOthersGetItsAnswer) {
    auto first = claim(request("a"));
    EXPECT_EQ(verdict(request("a")), "in flight");
    EXPECT_EQ(verdict(request("a", "other body")), "in flight");
    EXPECT_EQ(verdict(request("b")), "fresh");
    EXPECT_EQ(verdict(request("a", "body", "other source")), "fresh");
    first.remember(answer_to(request("a"), {}, "first"), kAll);
    EXPECT_EQ(verdict(request("a")), "first");
    EXPECT_EQ(verdict(request("a")), "first");
    EXPECT_EQ(verdict(request("a", "other body")), "other");
    EXPECT_EQ(window_.totals().keys, 1U);
}

TEST_F(IdempotencyWindowTest, AKeyIsFreeAgainWhenItsClaimEnds) {
    {
        const auto first = claim(request("a"));
        EXPECT_GT(window_.totals().bytes, 0U);
    }
    EXPECT_EQ(window_.totals().bytes, 0U);
    auto again = claim(request("a", "other body"));
    auto moved = std::move(again);
    EXPECT_EQ(verdict(request("a")), "in flight");
    moved = claim(request("b"));
    EXPECT_EQ(verdict(request("b")), "in flight");
}

TEST_F(IdempotencyWindowTest, AKeyIsForgottenWhenItExpires) {
    remember(request("a"), AgeTime{0});
    EXPECT_EQ(verdict(request("a"), AgeTime{999}), "OK");
    EXPECT_EQ(verdict(request("a", "other body"), AgeTime{1000}), "fresh");

    remember(request("b"), AgeTime{0});
    window_.forget_expired(AgeTime{999});
    EXPECT_EQ(window_.totals().keys, 1U);
    window_.forget_expired(AgeTime{1000});
    EXPECT_EQ(window_.totals().keys, 0U);
    EXPECT_EQ(window_.totals().bytes, 0U);
    EXPECT_EQ(window_.totals().shortened_by_count + window_.totals().shortened_by_memory, 0U);
}

TEST_F(IdempotencyWindowTest, RememberingGivesBackWhatExpiredInTheSource) {
    for (int i = 0; i < 10; ++i) remember(request(std::to_string(i)), AgeTime{0});
    remember(request("x"), AgeTime{1000});
    remember(request("y"), AgeTime{1000});
    EXPECT_EQ(window_.totals().keys, 4U);
    EXPECT_EQ(window_.totals().shortened_by_count, 0U);
}

TEST_F(IdempotencyWindowTest, OfASourceWithTooManyKeysTheOldestAreForgotten) {
    remember(request("z", "body", "other"), AgeTime{0}, "OK", 2);
    remember(request("a"), AgeTime{1}, "OK", 2);
    remember(request("b"), AgeTime{2}, "OK", 2);
    EXPECT_EQ(window_.totals().shortened_by_count, 0U);
    remember(request("c"), AgeTime{3}, "OK", 2);
    EXPECT_EQ(window_.totals().shortened_by_count, 1U);
    EXPECT_EQ(verdict(request("a")), "fresh");
    EXPECT_EQ(verdict(request("b")), "OK");
    EXPECT_EQ(verdict(request("c")), "OK");
    EXPECT_EQ(verdict(request("z", "body", "other")), "OK");
}

// Goal    one budget for all sources: of equal ones each forgets its oldest keys, and only those.
TEST_F(IdempotencyWindowTest, OfTooManyBytesTheOldestKeysAreForgotten) {
    const std::string body(1000, 'x');
    constexpr int kKeys = 2000;  // about 2.5 MB
    const auto key = [](int i) {
        return request(std::to_string(i), "body", "source " + std::to_string(i % 40));
    };
    for (int i = 0; i < kKeys; ++i) {
        remember(key(i), AgeTime{i}, std::to_string(i) + body);
        ASSERT_LE(window_.totals().bytes, 1U << 20) << i;
    }
    const auto kept = static_cast<int>(window_.totals().keys);
    EXPECT_GT(kept, 600);
    EXPECT_EQ(window_.totals().shortened_by_memory, static_cast<std::uint64_t>(kKeys - kept));
    for (int i = 0; i < kKeys; ++i) {
        // Nothing expires here: at the time of 999 only the first 1,000 keys could.
        if (std::abs(i - (kKeys - kept)) < 80) continue;  // the sources differ by a key or two
        EXPECT_EQ(verdict(key(i), AgeTime{999}) != "fresh", i >= kKeys - kept) << i;
    }
}

// Goal    a source that floods the window takes nothing from another that holds less.
// Method  the small source has its few keys first, so that they are the oldest of all.
TEST_F(IdempotencyWindowTest, ASourceThatFloodsTheWindowForgetsItsOwnKeys) {
    const auto small = [](int i) { return request(std::to_string(i), "body", "small"); };
    const auto flood = [](int i) { return request(std::to_string(i), "body", "flood"); };
    for (int i = 0; i < 1000; ++i) remember(small(i), AgeTime{0});
    for (int i = 0; i < 50'000; ++i) remember(flood(i), AgeTime{1});
    EXPECT_GT(window_.totals().shortened_by_memory, 40'000U);
    EXPECT_EQ(window_.totals().shortened_by_count, 0U);
    for (int i = 0; i < 1000; ++i) ASSERT_EQ(verdict(small(i)), "OK") << i;
    EXPECT_EQ(verdict(flood(0), AgeTime{1}), "fresh");
    EXPECT_EQ(verdict(flood(49'999), AgeTime{1}), "OK");
}

TEST_F(IdempotencyWindowTest, EqualAnswersOfASourceAreOneInMemory) {
    const std::string body(10'000, 'x');
    for (int i = 0; i < 1000; ++i) remember(request(std::to_string(i)), AgeTime{i}, body);
    EXPECT_EQ(window_.totals().keys, 1000U);
    EXPECT_LT(window_.totals().bytes, 200'000U);
    window_.forget_expired(AgeTime{100'000});
    EXPECT_EQ(window_.totals().bytes, 0U);
}

TEST_F(IdempotencyWindowTest, WhatIsInFlightIsNeverForgotten) {
    IdempotencyWindow tiny(1);
    auto first = std::get<Claim>(tiny.begin(request("a"), {}));
    auto second = std::get<Claim>(tiny.begin(request("b"), {}));
    first.remember(answer_to(request("a")), kAll);
    EXPECT_EQ(tiny.totals().keys, 0U);
    EXPECT_TRUE(std::holds_alternative<IdempotencyWindow::InFlight>(tiny.begin(request("b"), {})));
}

// Goal    keys of a source that two volumes have kept are forgotten oldest first, as if one had.
// Method  the volumes have had every second key each; they are restored one after the other.
TEST_F(IdempotencyWindowTest, WhatSeveralVolumesHaveKeptIsForgottenInOrder) {
    const auto key = [](int i) { return request(std::to_string(i)); };
    constexpr int kKeys = 1000;
    for (const int volume : {1, 0}) {
        for (int i = volume; i < kKeys; i += 2) window_.restore(answer_to(key(i), AgeTime{i}));
    }
    for (int bound = kKeys; bound > 0; bound -= 100) {
        remember(request("new " + std::to_string(bound)), AgeTime{kKeys - 1},  // nothing is over
                 "OK", static_cast<std::uint64_t>(bound));
        const auto newer = (kKeys - bound) / 100 + 1;
        const auto oldest = kKeys - bound + newer;
        EXPECT_EQ(verdict(key(oldest - 1)), "fresh") << bound;
        EXPECT_EQ(verdict(key(oldest)), "OK") << bound;
    }
}

TEST_F(IdempotencyWindowTest, OfAKeyThatTwoVolumesHaveTheNewestAnswerCounts) {
    window_.restore(answer_to(request("a", "new"), AgeTime{2}, "new"));
    window_.restore(answer_to(request("a", "old"), AgeTime{1}, "old"));
    EXPECT_EQ(verdict(request("a", "new")), "new");
    EXPECT_EQ(window_.totals().keys, 1U);
}

TEST_F(IdempotencyWindowTest, RestoresTheLastAnswerOfAKey) {
    window_.restore(answer_to(request("a", "old"), AgeTime{0}, "old"));
    window_.restore(answer_to(request("b"), AgeTime{1}, "b"));
    window_.restore(answer_to(request("a", "new"), AgeTime{2}, "new"));
    EXPECT_EQ(window_.totals().keys, 2U);
    EXPECT_EQ(verdict(request("a", "new")), "new");
    EXPECT_EQ(verdict(request("a", "old")), "other");
    EXPECT_EQ(verdict(request("b")), "b");
}

// Goal    of many threads that send the same keys at one time, exactly one is let through for each.
// Method  every thread begins every key; whoever has the claim remembers it or, one time in four,
//         lets it go and then anybody may have it. At the end each key was remembered once.
TEST_F(IdempotencyWindowTest, OneOfManyThreadsHasTheKey) {
    constexpr int kThreads = 4;
    constexpr int kKeys = 1000;
    std::vector<std::atomic<int>> remembered(kKeys);
    IdempotencyWindow window(64 << 20);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < kKeys; ++i) {
                const auto key = request(std::to_string(i), "body", std::to_string(i % 7));
                for (int round = 0;; ++round) {
                    auto begun = window.begin(key, {});
                    if (auto* claim = std::get_if<Claim>(&begun)) {
                        if ((i + thread + round) % 4 == 0) continue;  // lets it go
                        ++remembered[static_cast<std::size_t>(i)];
                        claim->remember(answer_to(key), kAll);
                    } else if (std::holds_alternative<std::string>(begun)) {
                        break;
                    }
                }
                if (i % 500 == 0) window.forget_expired({});
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (int i = 0; i < kKeys; ++i) EXPECT_EQ(remembered[static_cast<std::size_t>(i)], 1) << i;
    EXPECT_EQ(window.totals().keys, static_cast<std::uint64_t>(kKeys));
}

// Goal    the budget holds while many threads remember at one time.
TEST_F(IdempotencyWindowTest, ManyThreadsStayWithinTheBudget) {
    constexpr std::uint64_t kBudget = 100'000;
    IdempotencyWindow window(kBudget);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 5000; ++i) {
                const auto key = request(std::to_string(i), "body", std::to_string(thread));
                auto answer = answer_to(key, AgeTime{i});
                answer.expires_at = AgeTime{1'000'000};  // not before the end
                std::get<Claim>(window.begin(key, {})).remember(answer, 1000);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    const auto totals = window.totals();
    EXPECT_LE(totals.bytes, kBudget);
    EXPECT_GT(totals.shortened_by_memory, 0U);
    EXPECT_EQ(totals.keys + totals.shortened_by_count + totals.shortened_by_memory, 20'000U);
}

}  // namespace
}  // namespace millrace::pipeline
