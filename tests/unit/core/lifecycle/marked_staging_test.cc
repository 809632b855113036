// Goal    a staging is used only while it is the one that it was; what an operator may do to its
//         folder or prefix loses and removes nothing.
// Method  the table of the header, over a staging and a registry in memory.

#include "core/lifecycle/marked_staging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <optional>

#include "tests/support/clocks.h"
#include "tests/support/counting_rng.h"
#include "tests/support/memory_source.h"

namespace millrace::lifecycle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::MemorySource;
using testing_support::read_all;

// What a folder or a prefix holds; several stagings may be over one.
struct Place {
    std::map<std::string, std::string> objects;
    std::optional<Error> failure = std::nullopt;
    int reads = 0;
};

class MemoryStaging final : public Staging {
public:
    explicit MemoryStaging(Place& place) : place_(place) {}

    Result<std::uint64_t> put(const std::string& key, ByteSource& bytes) override {
        if (place_.failure) return *place_.failure;
        TRY_ASSIGN(place_.objects[key], read_all(bytes));
        return place_.objects[key].size();
    }
    Result<std::unique_ptr<ByteSource>> get(const std::string& key) override {
        ++place_.reads;
        if (place_.failure) return *place_.failure;
        const auto object = place_.objects.find(key);
        if (object == place_.objects.end()) return Error(Code::not_found, "no object " + key);
        return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(object->second));
    }
    Result<void> remove(const std::string& key) override {
        place_.objects.erase(key);
        return {};
    }
    Result<std::vector<std::string>> list(const ListPage& page) override {
        std::vector<std::string> keys;
        for (auto object = place_.objects.upper_bound(page.after);
             object != place_.objects.end() && keys.size() < page.limit; ++object) {
            if (object->first.starts_with(page.prefix)) keys.push_back(object->first);
        }
        return keys;
    }

private:
    Place& place_;
};

class MemoryRegistry final : public StagingRegistry {
public:
    Result<std::vector<StagingMark>> staging_marks() override {
        std::vector<StagingMark> all;
        for (const auto& [name, mark] : marks) all.push_back(mark);
        return all;
    }
    Result<void> save_staging_mark(const StagingMark& mark) override {
        if (failure) return *failure;
        marks[mark.staging] = mark;
        return {};
    }

    std::map<StagingName, StagingMark> marks;
    std::optional<Error> failure = std::nullopt;
};

class MarkedStagingTest : public testing::Test {
protected:
    // As a start of the service makes it.
    std::unique_ptr<MarkedStaging> open(Place& place, const std::string& name = "lake") {
        return std::make_unique<MarkedStaging>(
            StagingName(name), std::make_unique<MemoryStaging>(place),
            MarkedStaging::Ports{.registry = registry_, .clock = clock_, .random = random_});
    }
    static Result<void> put(MarkedStaging& staging, const std::string& key) {
        MemorySource bytes("a");
        TRY(staging.put(key, bytes));
        return {};
    }
    std::string refusal_of(MarkedStaging& staging) {
        const auto required = staging.require_mark();
        if (required.ok()) return "used";
        EXPECT_EQ(required.error().code(), Code::unavailable);
        return required.error().operator_text();
    }

    test::ManualClock clock_;
    test::CountingRng random_;
    MemoryRegistry registry_;
    Place disk_;
    Place other_;
};

TEST_F(MarkedStagingTest, ALostMarkIsPutThereAgainWhereObjectsProveWhichStagingItIs) {
    using Mending = MarkedStaging::Mending;
    const std::vector<std::string> keys = {"gone", "a"};
    ASSERT_TRUE(put(*open(disk_), "a").ok());
    const auto mark = disk_.objects.at(MarkedStaging::kMarkKey);
    EXPECT_FALSE(open(disk_)->mend_mark(keys, Mending::writes).value()) << "nothing is lost";
    for (const auto* damage : {"", "no UUID", "gone"}) {
        SCOPED_TRACE(damage);
        disk_.objects[MarkedStaging::kMarkKey] = damage;
        if (damage == std::string("gone")) disk_.objects.erase(MarkedStaging::kMarkKey);
        const auto before = disk_.objects;
        const auto supposing = open(disk_);
        EXPECT_TRUE(supposing->mend_mark(keys, Mending::supposes).value());
        EXPECT_EQ(refusal_of(*supposing), "used");
        EXPECT_EQ(disk_.objects, before);
        EXPECT_NE(refusal_of(*open(disk_)), "used");

        EXPECT_FALSE(open(disk_)->mend_mark({}, Mending::writes).value()) << "nothing proves it";
        EXPECT_FALSE(open(other_)->mend_mark(keys, Mending::writes).value()) << "not mounted";
        EXPECT_TRUE(other_.objects.empty());
        EXPECT_TRUE(open(disk_)->mend_mark(keys, Mending::writes).value());
        EXPECT_EQ(disk_.objects.at(MarkedStaging::kMarkKey), mark);
        EXPECT_EQ(refusal_of(*open(disk_)), "used");
    }
    disk_.objects[MarkedStaging::kMarkKey] = "01234567-89ab-7def-8123-456789abcdef";
    EXPECT_FALSE(open(disk_)->mend_mark(keys, Mending::writes).value()) << "it is another one";
}

TEST_F(MarkedStagingTest, ANewStagingGetsAMarkWithItsFirstObjectAndIsTheSameAfterARestart) {
    ASSERT_TRUE(put(*open(disk_), "7/a").ok());
    EXPECT_TRUE(disk_.objects.contains(MarkedStaging::kMarkKey));
    EXPECT_TRUE(registry_.marks.at(StagingName("lake")).is_there);
    EXPECT_TRUE(put(*open(disk_), "7/b").ok());
}

// Goal    one who only looks hears what a use would hear, and leaves nothing behind.
TEST_F(MarkedStagingTest, ALookSaysTheSameAndWritesNothing) {
    EXPECT_TRUE(open(disk_)->look().ok()) << "it was never used";
    EXPECT_TRUE(disk_.objects.empty() && registry_.marks.empty());
    ASSERT_TRUE(put(*open(disk_), "7/a").ok());
    EXPECT_TRUE(open(disk_)->look().ok());
    EXPECT_TRUE(open(disk_, "renamed")->look().ok());
    EXPECT_EQ(registry_.marks.size(), 1U);
    EXPECT_THAT(open(other_)->look().error().operator_text(), HasSubstr("mount its disk"));
    other_.objects[MarkedStaging::kMarkKey] = "0195f3d4-0000-7000-8000-000000000001";
    EXPECT_THAT(open(other_)->look().error().operator_text(), HasSubstr("another one than before"));
    EXPECT_THAT(open(other_, "new")->look().error().operator_text(),
                HasSubstr("belongs to another installation"));
    other_.objects[MarkedStaging::kMarkKey] = "no mark";
    EXPECT_FALSE(open(other_, "new")->look().ok());
    other_.failure = Error(Code::unavailable, "away");
    EXPECT_THAT(open(other_)->look().error().operator_text(), HasSubstr("away"));
}

// What /ready?targets=1 says.
TEST_F(MarkedStagingTest, AProbeRefusesWhatAnUploadRefusesAndPutsNoMark) {
    const auto probed = [](MarkedStaging& staging) {
        const auto outcome = staging.probe();
        return outcome.ok() ? std::string("used") : outcome.error().operator_text();
    };
    EXPECT_EQ(probed(*open(disk_)), "used");
    EXPECT_TRUE(disk_.objects.empty()) << "it was never used";
    EXPECT_TRUE(registry_.marks.empty());

    disk_.objects[MarkedStaging::kMarkKey] = "0195f3d4-0000-7000-8000-000000000001";
    EXPECT_THAT(probed(*open(disk_)), HasSubstr("another installation"));
    EXPECT_TRUE(registry_.marks.empty());

    disk_.objects.clear();
    ASSERT_TRUE(put(*open(disk_), "7/a").ok());
    EXPECT_EQ(probed(*open(disk_)), "used");
    EXPECT_EQ(probed(*open(disk_, "warm")), "used") << "it has another name now";
    EXPECT_FALSE(registry_.marks.contains(StagingName("warm")));
    EXPECT_THAT(probed(*open(other_)), HasSubstr("mount its disk"));
    disk_.objects[MarkedStaging::kMarkKey] = "0195f3d4-0000-7000-8000-000000000001";
    EXPECT_THAT(probed(*open(disk_)), HasSubstr("another one than before"));
}

TEST_F(MarkedStagingTest, AFolderWhoseDiskIsNotMountedIsNotUsed) {
    ASSERT_TRUE(put(*open(disk_), "7/a").ok());
    const auto staging = open(other_);
    EXPECT_THAT(refusal_of(*staging), HasSubstr("mount its disk"));
    EXPECT_FALSE(put(*staging, "7/b").ok());
    EXPECT_FALSE(staging->remove("7/a").ok());
    EXPECT_FALSE(staging->get("7/a").ok());
    EXPECT_FALSE(staging->list({.prefix = {}, .after = {}, .limit = 9}).ok());
    EXPECT_TRUE(other_.objects.empty());
}

TEST_F(MarkedStagingTest, ADiskThatIsMountedAgainIsUsedASecondLater) {
    ASSERT_TRUE(put(*open(disk_), "7/a").ok());
    const auto staging = open(other_);
    ASSERT_FALSE(put(*staging, "7/b").ok());
    other_ = disk_;
    EXPECT_FALSE(put(*staging, "7/b").ok());
    clock_.advance(std::chrono::seconds(1));
    EXPECT_TRUE(put(*staging, "7/b").ok());
}

TEST_F(MarkedStagingTest, AFolderThatIsUnmountedWhileTheServiceRunsIsNoticed) {
    const auto staging = open(disk_);
    ASSERT_TRUE(put(*staging, "7/a").ok());
    disk_.objects.clear();
    clock_.advance(std::chrono::seconds(10));
    EXPECT_FALSE(put(*staging, "7/b").ok());
}

TEST_F(MarkedStagingTest, APrefixOfAnotherInstallationIsNotUsedAndLosesNothing) {
    {
        MemoryRegistry others;
        std::swap(others.marks, registry_.marks);
        ASSERT_TRUE(put(*open(disk_), "7/a").ok());
        std::swap(others.marks, registry_.marks);
        registry_.marks.clear();
    }
    const auto staging = open(disk_);
    EXPECT_THAT(refusal_of(*staging), HasSubstr("another installation"));
    EXPECT_FALSE(staging->remove("7/a").ok());
    EXPECT_TRUE(disk_.objects.contains("7/a"));
}

TEST_F(MarkedStagingTest, AFolderOfAnotherStagingUnderThisNameIsNotUsed) {
    ASSERT_TRUE(put(*open(disk_), "7/a").ok());
    ASSERT_TRUE(put(*open(other_, "cold"), "7/a").ok());
    EXPECT_THAT(refusal_of(*open(other_)), HasSubstr("another one than before"));
}

TEST_F(MarkedStagingTest, AStagingThatIsRenamedInTheConfigurationIsUsed) {
    ASSERT_TRUE(put(*open(disk_), "7/a").ok());
    EXPECT_TRUE(put(*open(disk_, "warm"), "7/b").ok());
    EXPECT_EQ(registry_.marks.at(StagingName("warm")).mark,
              registry_.marks.at(StagingName("lake")).mark);
}

TEST_F(MarkedStagingTest, ACrashBeforeTheMarkIsThereIsRepeated) {
    disk_.failure = Error(Code::not_found, "");
    registry_.failure.reset();
    const auto first = open(disk_);
    ASSERT_FALSE(put(*first, "7/a").ok());  // the catalog has the mark, the staging has not
    ASSERT_FALSE(registry_.marks.at(StagingName("lake")).is_there);
    const auto mark = registry_.marks.at(StagingName("lake")).mark;
    disk_.failure.reset();
    EXPECT_TRUE(put(*open(disk_), "7/a").ok());
    EXPECT_EQ(disk_.objects.at(MarkedStaging::kMarkKey), to_string(mark));
}

TEST_F(MarkedStagingTest, ACrashBeforeTheMarkIsConfirmedIsRepeated) {
    ASSERT_TRUE(put(*open(disk_), "7/a").ok());
    registry_.marks.at(StagingName("lake")).is_there = false;
    EXPECT_TRUE(put(*open(disk_), "7/b").ok());
    EXPECT_TRUE(registry_.marks.at(StagingName("lake")).is_there);
}

TEST_F(MarkedStagingTest, WhatCannotBeReadIsNeitherUsedNorMarked) {
    disk_.failure = Error(Code::unavailable, "no route to host");
    EXPECT_THAT(refusal_of(*open(disk_)), HasSubstr("no route to host"));
    EXPECT_TRUE(registry_.marks.empty());
}

TEST_F(MarkedStagingTest, AMarkThatIsNoneIsAnotherOne) {
    for (const auto* text : {"", "x", "00000000-0000-0000-0000-0000000000001"}) {
        disk_.objects[MarkedStaging::kMarkKey] = text;
        EXPECT_THAT(refusal_of(*open(disk_)), HasSubstr("another installation")) << text;
    }
}

TEST_F(MarkedStagingTest, TheMarkIsReadOnceInTenSeconds) {
    const auto staging = open(disk_);
    ASSERT_TRUE(put(*staging, "7/a").ok());
    const auto reads = disk_.reads;
    for (int i = 0; i < 9; ++i) {
        clock_.advance(std::chrono::seconds(1));
        ASSERT_TRUE(put(*staging, "7/b").ok());
    }
    EXPECT_EQ(disk_.reads, reads);
}

TEST_F(MarkedStagingTest, ListsShowTheMarkNowhere) {
    const auto staging = open(disk_);
    for (const auto* key : {"7/a", "7/b", "z/c"}) ASSERT_TRUE(put(*staging, key).ok());
    for (std::uint32_t limit = 1; limit < 6; ++limit) {
        std::vector<std::string> all;
        while (true) {
            const auto after = all.empty() ? std::string() : all.back();
            const auto page = staging->list({.prefix = {}, .after = after, .limit = limit}).value();
            all.insert(all.end(), page.begin(), page.end());
            if (page.size() < limit) break;
        }
        EXPECT_THAT(all, ElementsAre("7/a", "7/b", "z/c")) << limit;
    }
}

}  // namespace
}  // namespace millrace::lifecycle
