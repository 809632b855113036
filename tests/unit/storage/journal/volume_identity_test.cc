#include "storage/journal/volume_identity.h"

#include <gtest/gtest.h>

#include "core/ports/atomic_file.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_rng.h"

namespace millrace::journal {
namespace {

constexpr AgeTime kNow{1'700'000'000'000};

class VolumeIdentityTest : public testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(disk_.make_directories("/v/journal").ok()); }

    void write(const std::string& path, std::string_view content) {
        ASSERT_TRUE(write_atomically(disk_, path, content).ok());
    }
    Result<Uuid> take(const std::optional<Uuid>& known = std::nullopt) {
        return take_identity(disk_, rng_, kNow, "/v", known);
    }

    sim::SimDisk disk_{{.seed = 1}};
    sim::SimRng rng_{1};
};

TEST_F(VolumeIdentityTest, ANewDirectoryIsNoVolumeAndBecomesOne) {
    EXPECT_FALSE(read_identity(disk_, "/none").value().id.has_value());
    const auto before = read_identity(disk_, "/v").value();
    EXPECT_FALSE(before.id.has_value());
    EXPECT_FALSE(before.has_journal);
    EXPECT_EQ(before.life, 0U);

    const auto id = take().value();
    EXPECT_EQ(take(id).value(), id);
    ASSERT_TRUE(write_life(disk_, "/v", 12).ok());
    disk_.lose_power();
    const auto after = read_identity(disk_, "/v").value();
    EXPECT_EQ(after.id, id);
    EXPECT_EQ(after.life, 12U);
}

TEST_F(VolumeIdentityTest, SegmentsAndCheckpointsAreAJournal) {
    write("/v/journal/life", "1\n");
    write("/v/journal/spare-1", "");
    EXPECT_FALSE(read_identity(disk_, "/v").value().has_journal);
    write("/v/journal/0000000001.segment.damaged", "x");
    EXPECT_TRUE(read_identity(disk_, "/v").value().has_journal) << "rows were there";
    ASSERT_TRUE(disk_.remove("/v/journal/0000000001.segment.damaged").ok());
    write("/v/journal/checkpoint-00000000000000000001", "x");
    EXPECT_TRUE(read_identity(disk_, "/v").value().has_journal);
}

TEST_F(VolumeIdentityTest, AnotherVolumeThanTheKnownOneIsAConflict) {
    const auto id = take().value();
    EXPECT_EQ(take(make_uuid_v7(kNow, 9, 9)).error().code(), Code::conflict);
    ASSERT_TRUE(disk_.remove("/v/volume-id").ok());
    EXPECT_EQ(take(id).error().code(), Code::conflict);
}

TEST_F(VolumeIdentityTest, AJournalWithoutAnIdIsCorrupt) {
    write("/v/journal/0000000001.segment", "x");
    EXPECT_EQ(take().error().code(), Code::corrupt);
}

TEST_F(VolumeIdentityTest, TheLifeOfAnEarlierVersionIsRead) {
    write("/v/journal/life", "12\n");
    EXPECT_EQ(read_identity(disk_, "/v").value().life, 12U);
    ASSERT_TRUE(write_life(disk_, "/v", 12).ok());
    EXPECT_EQ(read_whole(disk_, "/v/journal/life").value(), "12\ncrc32c 582abdcf\n");
}

// Goal    a byte of the file that is another one is never taken for another life.
TEST_F(VolumeIdentityTest, AChangedByteOfTheLifeIsDamage) {
    ASSERT_TRUE(write_life(disk_, "/v", 117).ok());
    const auto whole = read_whole(disk_, "/v/journal/life").value();
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const char other : {'0', '9', 'a', '\n', '\0'}) {
            auto changed = whole;
            if (changed[at] == other) continue;
            changed[at] = other;
            write("/v/journal/life", changed);
            const auto read = read_identity(disk_, "/v");
            ASSERT_FALSE(read.ok()) << at << " " << changed;
            EXPECT_EQ(read.error().code(), Code::corrupt);
            EXPECT_NE(read.error().operator_text().find("millrace repair"), std::string::npos);
        }
    }
    for (std::size_t size = 0; size < whole.size(); ++size) {
        write("/v/journal/life", whole.substr(0, size));
        const auto read = read_identity(disk_, "/v");
        EXPECT_EQ(read.ok() ? read.value().life : 117, 117U) << size << ": cut off";
    }
}

TEST_F(VolumeIdentityTest, WhatIsNoIdAndNoNumberIsCorrupt) {
    for (const auto* text : {"", "x\n", "12", "99999999999999999999\n"}) {
        write("/v/journal/life", text);
        EXPECT_EQ(read_identity(disk_, "/v").error().code(), Code::corrupt) << text;
    }
    write("/v/journal/life", "12\n");
    write("/v/volume-id", "x\n");
    EXPECT_EQ(read_identity(disk_, "/v").error().code(), Code::corrupt);
}

}  // namespace
}  // namespace millrace::journal
