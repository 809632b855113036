#include "core/pipeline/move_keys.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "tests/support/manual_executor.h"
#include "tests/support/memory_key_homes.h"
#include "tests/support/quiet_journal.h"

namespace millrace::pipeline {
namespace {

const Fingerprint kShop = fingerprint_of({"shop"});
const VolumeId kOld("old");
const VolumeId kNew("new");
constexpr int kKeys = 1200;  // several batches

// Its first lane is of the old volume, the second of the new one.
class RecordingJournal final : public testing_support::QuietJournal {
public:
    Result<Ticket> submit(RowBatch&& batch) override {
        if (refusal) return *refusal;
        EXPECT_EQ(batch.lane, 1U);
        for (const auto& answer : batch.answers) keys.insert(answer.request.key);
        batch.done({});
        return Ticket{};
    }
    VolumeId volume_at(std::size_t lane) const override { return lane == 0 ? kOld : kNew; }

    std::set<Fingerprint> keys;
    std::optional<Error> refusal;
};

class MoveKeysTest : public testing::Test {
protected:
    MoveKeysTest() {
        for (int i = 0; i < kKeys; ++i) restore(kShop, i);
        restore(fingerprint_of({"other"}), 0);
        const RecordedKeyHomes::Home home{kShop, kOld, std::chrono::hours(24)};
        EXPECT_TRUE(homes_.record(std::array{home}).ok());
    }
    void restore(const Fingerprint& source, int number) {
        RememberedAnswer answer;
        answer.request.source = source;
        answer.request.key = fingerprint_of({std::to_string(number), "key"});
        answer.arrived_at = clock_.age() + Milliseconds(number);
        answer.expires_at = answer.arrived_at + std::chrono::hours(24);
        window_.restore(answer);
    }
    Result<std::uint64_t> move() {
        return move_keys({.from = kOld,
                          .to = 1,
                          .window = window_,
                          .homes = homes_,
                          .journal = journal_,
                          .clock = clock_});
    }

    test::ManualClock clock_;
    test::ManualExecutor executor_{clock_};
    testing_support::MemoryKeyHomes store_;
    RecordedKeyHomes homes_{
        {.store = store_, .clock = clock_, .executor = executor_, .is_away = [](const VolumeId&) {
             return false;
         }}};
    IdempotencyWindow window_{1 << 20};
    RecordingJournal journal_;
};

TEST_F(MoveKeysTest, EveryKeyIsJournaledOnTheOtherVolumeAndOnRecordThere) {
    EXPECT_EQ(move().value(), static_cast<std::uint64_t>(kKeys));
    EXPECT_EQ(journal_.keys.size(), static_cast<std::size_t>(kKeys));
    EXPECT_TRUE(homes_.sources_on(kOld).empty());
    ASSERT_TRUE(store_.homes.contains({kShop, kNew}));
    const auto until = store_.homes.at({kShop, kNew}).until;
    ASSERT_TRUE(until);
    EXPECT_GE(*until, clock_.age() + Milliseconds(kKeys - 1) + std::chrono::hours(24));
    EXPECT_EQ(move().value(), 0U) << "a second run has nothing to do";
}

TEST_F(MoveKeysTest, WhatCannotBeJournaledStaysOnRecord) {
    journal_.refusal = Error(Code::overloaded, "queue");
    EXPECT_EQ(move().error().code(), Code::overloaded);
    EXPECT_EQ(homes_.sources_on(kOld).size(), 1U);
    journal_.refusal.reset();
    EXPECT_EQ(move().value(), static_cast<std::uint64_t>(kKeys));
}

}  // namespace
}  // namespace millrace::pipeline
