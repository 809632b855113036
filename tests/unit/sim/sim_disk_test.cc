// Goal    SimDisk fails as the prose in its header says: one test for each sentence, by its number.
// Method  repeat a small history for many seeds. What the sentence promises holds for every seed;
//         what it threatens happens for some of them.

#include "tests/sim/sim_disk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace millrace::sim {
namespace {

constexpr std::uint64_t kSeeds = 300;
constexpr std::size_t kSector = 512;

void for_each_seed(const std::function<void(SimDisk&)>& use, SimDisk::Options options = {}) {
    for (options.seed = 0; options.seed < kSeeds; ++options.seed) {
        SCOPED_TRACE(testing::Message() << "seed=" << options.seed);
        SimDisk disk(options);
        ASSERT_TRUE(disk.make_directories("/d").ok());
        use(disk);
        if (testing::Test::HasFatalFailure()) return;
    }
}

std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

std::unique_ptr<DiskFile> open(SimDisk& disk, const std::string& path) {
    auto file = disk.open(path, Disk::Open::create);
    EXPECT_TRUE(file.ok());
    return std::move(file).value();
}

void write(DiskFile& file, std::uint64_t offset, std::string_view text) {
    ASSERT_TRUE(file.write_at(offset, bytes(text)).ok());
}

// A file with this content, durable with its name.
std::unique_ptr<DiskFile> make_durable(SimDisk& disk, const std::string& path,
                                       std::string_view text) {
    auto file = open(disk, path);
    write(*file, 0, text);
    EXPECT_TRUE(file->sync_data().ok());
    EXPECT_TRUE(disk.sync_directory(path.substr(0, path.rfind('/'))).ok());
    return file;
}

std::string read(DiskFile& file) {
    std::string text(file.size().value(), '\0');
    const auto count = file.read_at(0, std::as_writable_bytes(std::span(text.data(), text.size())));
    EXPECT_EQ(count.value(), text.size());
    return text;
}

std::string read(SimDisk& disk, const std::string& path) {
    const auto file = disk.open(path, Disk::Open::existing);
    return file.ok() ? read(*file.value()) : std::string("(none)");
}

std::set<std::string> names(SimDisk& disk, const std::string& path) {
    const auto list = disk.list(path).value();
    return {list.begin(), list.end()};
}

void fail_next(SimDisk& disk) {
    disk.fail_at(static_cast<std::int64_t>(disk.operations()));
}

std::string sectors(std::string_view letters) {
    std::string text;
    for (const char letter : letters) text += std::string(kSector, letter);
    return text;
}

// The letter a sector is full of, or '?'.
char letter_of(std::string_view text, std::size_t number) {
    const auto sector = text.substr(number * kSector, kSector);
    const auto is_first = [&](char c) { return c == sector[0]; };
    return std::all_of(sector.begin(), sector.end(), is_first) ? sector[0] : '?';
}

TEST(SimDiskTest, B1_SyncedBytesAndSizeSurvive) {
    for_each_seed([](SimDisk& disk) {
        const auto content = sectors("abc") + "tail";
        const auto file = make_durable(disk, "/d/f", content);
        disk.lose_power();
        ASSERT_EQ(read(disk, "/d/f"), content);
    });
}

TEST(SimDiskTest, B1_ASyncedTruncateSurvivesAndWhatItCutNeverComesBack) {
    for_each_seed([](SimDisk& disk) {
        const auto file = make_durable(disk, "/d/f", sectors("abc"));
        ASSERT_TRUE(file->truncate(700).ok());
        ASSERT_TRUE(file->truncate(1500).ok());
        ASSERT_TRUE(file->sync_data().ok());
        disk.lose_power();
        ASSERT_EQ(read(disk, "/d/f"), sectors("ab").substr(0, 700) + std::string(800, '\0'));
    });
}

TEST(SimDiskTest, B2_AnySubsetOfWholeSectorsSurvives) {
    std::set<std::string> outcomes;
    for_each_seed([&](SimDisk& disk) {
        const auto file = make_durable(disk, "/d/f", sectors("aaa"));
        write(*file, 0, sectors("bbb"));
        disk.lose_power();
        const auto text = read(disk, "/d/f");
        std::string letters;
        for (std::size_t i = 0; i < 3; ++i) letters += letter_of(text, i);
        ASSERT_EQ(letters.find_first_not_of("ab"), std::string::npos) << letters;
        outcomes.insert(letters);
    });
    EXPECT_EQ(outcomes.size(), 8u);
}

TEST(SimDiskTest, B2_TheOrderOfWritesToTwoFilesSaysNothing) {
    std::set<std::string> outcomes;
    for_each_seed([&](SimDisk& disk) {
        const auto first = make_durable(disk, "/d/1", "a");
        const auto second = make_durable(disk, "/d/2", "a");
        write(*first, 0, "b");
        write(*second, 0, "b");
        disk.lose_power();
        outcomes.insert(read(disk, "/d/1") + read(disk, "/d/2"));
    });
    EXPECT_EQ(outcomes, (std::set<std::string>{"aa", "ab", "ba", "bb"}));
}

TEST(SimDiskTest, B3_AnOlderStateOfASectorMaySurvive) {
    std::set<std::string> outcomes;
    for_each_seed([&](SimDisk& disk) {
        const auto file = make_durable(disk, "/d/f", "1");
        for (const auto* text : {"2", "3", "4"}) write(*file, 0, text);
        disk.lose_power();
        outcomes.insert(read(disk, "/d/f"));
    });
    EXPECT_EQ(outcomes, (std::set<std::string>{"1", "2", "3", "4"}));
}

TEST(SimDiskTest, B4_ALostSectorOfAnExtensionIsZerosOrGarbageFromTheOldEndOn) {
    std::set<std::string> outcomes;
    for_each_seed([&](SimDisk& disk) {
        const auto file = make_durable(disk, "/d/f", std::string(100, 'a'));
        write(*file, 100, std::string(300, 'b'));
        disk.lose_power();
        const auto text = read(disk, "/d/f");
        ASSERT_GE(text.size(), 100u);
        ASSERT_EQ(text.substr(0, 100), std::string(100, 'a'));
        const auto tail = text.substr(100);
        if (tail.empty()) {
            outcomes.insert("short");
        } else if (tail == std::string(tail.size(), 'b')) {
            outcomes.insert("written");
        } else if (tail == std::string(tail.size(), '\0')) {
            outcomes.insert("zeros");
        } else {
            outcomes.insert("garbage");
        }
    });
    EXPECT_EQ(outcomes, (std::set<std::string>{"garbage", "short", "written", "zeros"}));
}

TEST(SimDiskTest, B5_TheSizeIsOneItHadOrAMultipleOf512Between) {
    std::set<std::size_t> sizes;
    for_each_seed([&](SimDisk& disk) {
        const auto file = make_durable(disk, "/d/f", std::string(100, 'a'));
        write(*file, 100, std::string(1000, 'b'));
        ASSERT_TRUE(file->truncate(50).ok());
        disk.lose_power();
        sizes.insert(read(disk, "/d/f").size());
    });
    EXPECT_EQ(sizes, (std::set<std::size_t>{50, 100, 512, 1024, 1100}));
}

TEST(SimDiskTest, B5_SizeAndBytesSurviveIndependently) {
    bool size_without_bytes = false;
    bool bytes_without_size = false;
    for_each_seed([&](SimDisk& disk) {
        const auto file = make_durable(disk, "/d/f", sectors("a"));
        write(*file, 0, sectors("bb"));
        disk.lose_power();
        const auto text = read(disk, "/d/f");
        size_without_bytes |= text.size() == 2 * kSector && text[0] == 'a';
        bytes_without_size |= text.size() == kSector && text[0] == 'b';
    });
    EXPECT_TRUE(size_without_bytes);
    EXPECT_TRUE(bytes_without_size);
}

TEST(SimDiskTest, B6_AFailedSyncDropsPagesThatLaterSyncsDoNotBringBack) {
    std::set<std::string> outcomes;
    for_each_seed([&](SimDisk& disk) {
        const auto file = make_durable(disk, "/d/f", sectors("aa"));
        write(*file, 0, sectors("bb"));
        fail_next(disk);
        const auto synced = file->sync_data();
        ASSERT_FALSE(synced.ok());
        ASSERT_EQ(synced.error().code(), Code::unknown_outcome);
        ASSERT_EQ(read(*file), sectors("bb"));
        ASSERT_TRUE(file->sync_data().ok());
        ASSERT_EQ(read(*file), sectors("bb"));
        disk.lose_power();
        const auto text = read(disk, "/d/f");
        outcomes.insert({letter_of(text, 0), letter_of(text, 1)});
    });
    EXPECT_EQ(outcomes, (std::set<std::string>{"aa", "ab", "ba", "bb"}));
}

TEST(SimDiskTest, B6_TheSizeIsNotDroppedByAFailedSync) {
    bool bytes_dropped = false;
    for_each_seed([&](SimDisk& disk) {
        const auto file = make_durable(disk, "/d/f", "");
        write(*file, 0, sectors("b"));
        fail_next(disk);
        ASSERT_FALSE(file->sync_data().ok());
        ASSERT_TRUE(file->sync_data().ok());
        disk.lose_power();
        const auto text = read(disk, "/d/f");
        ASSERT_EQ(text.size(), kSector);
        bytes_dropped |= text != sectors("b");
    });
    EXPECT_TRUE(bytes_dropped);
}

TEST(SimDiskTest, B6_WrittenAgainAndSyncedDroppedBytesAreDurable) {
    for_each_seed([](SimDisk& disk) {
        const auto file = make_durable(disk, "/d/f", sectors("a"));
        write(*file, 0, sectors("b"));
        fail_next(disk);
        ASSERT_FALSE(file->sync_data().ok());
        write(*file, 0, sectors("b"));
        ASSERT_TRUE(file->sync_data().ok());
        disk.lose_power();
        ASSERT_EQ(read(disk, "/d/f"), sectors("b"));
    });
}

TEST(SimDiskTest, N1_ANewNameNeedsTheSyncOfItsDirectoryNotOfTheFile) {
    std::set<std::string> outcomes;
    for_each_seed([&](SimDisk& disk) {
        const auto file = open(disk, "/d/f");
        write(*file, 0, "x");
        ASSERT_TRUE(file->sync_data().ok());
        disk.lose_power();
        outcomes.insert(read(disk, "/d/f"));
    });
    EXPECT_EQ(outcomes, (std::set<std::string>{"(none)", "x"}));
}

TEST(SimDiskTest, N1_ASyncedRemovalSurvivesAndAnUnsyncedOneMayNot) {
    std::set<std::string> outcomes;
    for_each_seed([&](SimDisk& disk) {
        make_durable(disk, "/d/synced", "x");
        make_durable(disk, "/d/unsynced", "x");
        ASSERT_TRUE(disk.remove("/d/synced").ok());
        ASSERT_TRUE(disk.sync_directory("/d").ok());
        ASSERT_TRUE(disk.remove("/d/unsynced").ok());
        disk.lose_power();
        ASSERT_EQ(read(disk, "/d/synced"), "(none)");
        outcomes.insert(read(disk, "/d/unsynced"));
    });
    EXPECT_EQ(outcomes, (std::set<std::string>{"(none)", "x"}));
}

TEST(SimDiskTest, N2_AnySubsetOfTheChangesSurvives) {
    std::set<std::set<std::string>> outcomes;
    for_each_seed([&](SimDisk& disk) {
        make_durable(disk, "/d/old", "x");
        open(disk, "/d/new");
        ASSERT_TRUE(disk.remove("/d/old").ok());
        disk.lose_power();
        outcomes.insert(names(disk, "/d"));
    });
    EXPECT_EQ(outcomes, (std::set<std::set<std::string>>{{}, {"old"}, {"new"}, {"new", "old"}}));
}

TEST(SimDiskTest, N3_ARenameInADirectoryIsAtomicAndTheReplacedNameIsNeverMissing) {
    std::set<std::string> outcomes;
    for_each_seed([&](SimDisk& disk) {
        make_durable(disk, "/d/f", "old");
        make_durable(disk, "/d/f.tmp", "new");
        ASSERT_TRUE(disk.rename("/d/f.tmp", "/d/f").ok());
        disk.lose_power();
        const auto text = read(disk, "/d/f");
        ASSERT_EQ(read(disk, "/d/f.tmp"), text == "new" ? "(none)" : "new");
        outcomes.insert(text);
    });
    EXPECT_EQ(outcomes, (std::set<std::string>{"new", "old"}));
}

TEST(SimDiskTest, N3_ASyncedRenameSurvives) {
    for_each_seed([](SimDisk& disk) {
        make_durable(disk, "/d/f", "old");
        make_durable(disk, "/d/f.tmp", "new");
        ASSERT_TRUE(disk.rename("/d/f.tmp", "/d/f").ok());
        ASSERT_TRUE(disk.sync_directory("/d").ok());
        disk.lose_power();
        ASSERT_EQ(read(disk, "/d/f"), "new");
        ASSERT_EQ(names(disk, "/d"), (std::set<std::string>{"f"}));
    });
}

TEST(SimDiskTest, N3_OfTwoRenamesOfAFileAnyMaySurviveAndItHasOneName) {
    std::set<std::set<std::string>> outcomes;
    for_each_seed([&](SimDisk& disk) {
        make_durable(disk, "/d/1", "x");
        ASSERT_TRUE(disk.rename("/d/1", "/d/2").ok());
        ASSERT_TRUE(disk.rename("/d/2", "/d/3").ok());
        disk.lose_power();
        outcomes.insert(names(disk, "/d"));
    });
    EXPECT_EQ(outcomes, (std::set<std::set<std::string>>{{"1"}, {"2"}, {"3"}}));
}

// Renames into another directory and syncs the directories named in `synced`. Returns the names
// that some seed left, as "from to".
std::set<std::string> outcomes_of_moving(const std::vector<std::string>& synced) {
    std::set<std::string> outcomes;
    for_each_seed([&](SimDisk& disk) {
        ASSERT_TRUE(disk.make_directories("/e").ok());
        make_durable(disk, "/d/f", "x");
        ASSERT_TRUE(disk.rename("/d/f", "/e/f").ok());
        for (const auto& path : synced) ASSERT_TRUE(disk.sync_directory(path).ok());
        disk.lose_power();
        outcomes.insert(read(disk, "/d/f") + " " + read(disk, "/e/f"));
    });
    return outcomes;
}

TEST(SimDiskTest, N4_AMoveNeedsTheSyncOfBothDirectoriesAndTheFileNeverHasNoName) {
    using Outcomes = std::set<std::string>;
    const Outcomes any = {"x (none)", "x x", "(none) x"};
    EXPECT_EQ(outcomes_of_moving({}), any);
    EXPECT_EQ(outcomes_of_moving({"/d"}), any);
    EXPECT_EQ(outcomes_of_moving({"/e"}), (Outcomes{"x x", "(none) x"}));
    EXPECT_EQ(outcomes_of_moving({"/e", "/d"}), (Outcomes{"(none) x"}));
    EXPECT_EQ(outcomes_of_moving({"/d", "/e"}), (Outcomes{"(none) x"}));
}

TEST(SimDiskTest, N5_AFailedSyncOfADirectoryDropsChangesThatLaterSyncsDoNotBringBack) {
    std::set<std::set<std::string>> outcomes;
    for_each_seed([&](SimDisk& disk) {
        make_durable(disk, "/d/old", "x");
        open(disk, "/d/new");
        ASSERT_TRUE(disk.remove("/d/old").ok());
        fail_next(disk);
        const auto synced = disk.sync_directory("/d");
        ASSERT_FALSE(synced.ok());
        ASSERT_EQ(synced.error().code(), Code::unknown_outcome);
        ASSERT_EQ(names(disk, "/d"), (std::set<std::string>{"new"}));
        ASSERT_TRUE(disk.sync_directory("/d").ok());
        disk.lose_power();
        outcomes.insert(names(disk, "/d"));
    });
    EXPECT_EQ(outcomes, (std::set<std::set<std::string>>{{}, {"old"}, {"new"}, {"new", "old"}}));
}

TEST(SimDiskTest, N6_MadeDirectoriesAreDurable) {
    for_each_seed([](SimDisk& disk) {
        ASSERT_TRUE(disk.make_directories("/a/b/c").ok());
        disk.lose_power();
        ASSERT_TRUE(disk.list("/a/b/c").ok());
    });
}

TEST(SimDiskTest, N6_WhenMakingFailsNothingHappenedOrNothingIsDurableUntilItIsRepeated) {
    std::set<std::string> outcomes;
    for_each_seed([&](SimDisk& disk) {
        fail_next(disk);
        const auto made = disk.make_directories("/a/b");
        ASSERT_FALSE(made.ok());
        const bool visible = disk.list("/a/b").ok();
        ASSERT_EQ(made.error().code(), visible ? Code::unknown_outcome : Code::unavailable);
        disk.lose_power();
        const bool survived = disk.list("/a/b").ok();
        outcomes.insert(!visible ? "nothing" : survived ? "survived" : "lost");
    });
    EXPECT_EQ(outcomes, (std::set<std::string>{"lost", "nothing", "survived"}));

    for_each_seed([](SimDisk& disk) {
        fail_next(disk);
        ASSERT_FALSE(disk.make_directories("/a/b").ok());
        ASSERT_TRUE(disk.make_directories("/a/b").ok());
        disk.lose_power();
        ASSERT_TRUE(disk.list("/a/b").ok());
    });
}

TEST(SimDiskTest, F1_AFailingWriteWritesAPartOrNothing) {
    std::set<std::string> outcomes;
    for_each_seed([&](SimDisk& disk) {
        const auto file = make_durable(disk, "/d/f", "aaa");
        fail_next(disk);
        const auto written = file->write_at(0, bytes("bbb"));
        ASSERT_FALSE(written.ok());
        ASSERT_EQ(written.error().code(), Code::unavailable);
        ASSERT_TRUE(disk.fault_fired());
        outcomes.insert(read(*file));
        ASSERT_TRUE(file->write_at(0, bytes("bbb")).ok());
    });
    EXPECT_EQ(outcomes, (std::set<std::string>{"aaa", "baa", "bba", "bbb"}));
}

// Goal    every operation has its number, fails when it is its turn and not otherwise.
// Method  a history with each operation once; fail the n-th; it and no other fails.
TEST(SimDiskTest, F1_TheNthOperationFailsAndNoOther) {
    constexpr int kOperations = 12;
    for (int n = 0; n <= kOperations; ++n) {
        SCOPED_TRACE(testing::Message() << "fail_at=" << n);
        SimDisk disk({.seed = 1});
        ASSERT_TRUE(disk.make_directories("/d").ok());
        auto file = make_durable(disk, "/d/f", "x");
        disk.fail_at(static_cast<std::int64_t>(disk.operations()) + n);

        std::vector<Code> codes;  // of every operation; internal is none
        const auto add = [&](const auto& result) {
            codes.push_back(result.ok() ? Code::internal : result.error().code());
        };
        std::array<std::byte, 1> byte{};
        add(disk.make_directories("/d/e"));
        add(disk.open("/d/g", Disk::Open::create));
        add(file->read_at(0, byte));
        add(file->write_at(0, byte));
        add(file->sync_data());
        add(file->size());
        add(file->truncate(3));
        add(disk.list("/d"));
        add(disk.free_bytes("/d"));
        add(disk.sync_directory("/d"));
        add(disk.rename("/d/f", "/d/h"));
        add(disk.remove(n == 10 ? "/d/f" : "/d/h"));  // the rename did not happen
        ASSERT_EQ(codes.size(), std::size_t{kOperations});

        std::vector<Code> expected(kOperations, Code::internal);
        const auto failed = static_cast<std::size_t>(n);
        if (n < kOperations) expected[failed] = Code::unavailable;
        if (n == 4 || n == 9) expected[failed] = Code::unknown_outcome;
        if (n == 0) expected[0] = codes[0];  // N6 has both
        EXPECT_EQ(codes, expected);
        EXPECT_NE(codes[0], n == 0 ? Code::internal : Code::unavailable);
        EXPECT_EQ(disk.fault_fired(), n < kOperations);
    }
}

TEST(SimDiskTest, F2_FailingForEverNothingHappensAnyMore) {
    for_each_seed([](SimDisk& disk) {
        const auto file = make_durable(disk, "/d/f", "a");
        disk.fail_at(static_cast<std::int64_t>(disk.operations()), true);
        ASSERT_FALSE(disk.list("/d").ok());
        ASSERT_EQ(file->write_at(0, bytes("b")).error().code(), Code::unavailable);
        ASSERT_EQ(file->sync_data().error().code(), Code::unknown_outcome);
        ASSERT_EQ(disk.sync_directory("/d").error().code(), Code::unknown_outcome);
        ASSERT_EQ(disk.make_directories("/e").error().code(), Code::unavailable);
        ASSERT_EQ(disk.open("/d/g", Disk::Open::create).error().code(), Code::unavailable);
        disk.fail_at(-1);
        disk.lose_power();
        ASSERT_EQ(names(disk, "/d"), (std::set<std::string>{"f"}));
        ASSERT_EQ(names(disk, "/"), (std::set<std::string>{"d"}));
        ASSERT_EQ(read(disk, "/d/f"), "a");
    });
}

TEST(SimDiskTest, F3_AFullDiskTakesAPartOfAWriteAndHasRoomAgainAfterARemoval) {
    std::set<std::size_t> sizes;
    for_each_seed(
        [&](SimDisk& disk) {
            make_durable(disk, "/d/big", std::string(900, 'a'));
            const auto file = open(disk, "/d/f");
            ASSERT_EQ(disk.free_bytes("/d").value(), 100u);
            const auto written = file->write_at(0, bytes(std::string(101, 'b')));
            ASSERT_FALSE(written.ok());
            ASSERT_EQ(written.error().code(), Code::unavailable);
            ASSERT_FALSE(disk.fault_fired());
            const auto size = file->size().value();
            ASSERT_LE(size, 100u);
            sizes.insert(size);
            ASSERT_EQ(file->truncate(101).error().code(), Code::unavailable);
            ASSERT_TRUE(file->truncate(100).ok());
            ASSERT_TRUE(file->write_at(0, bytes(std::string(100, 'c'))).ok());

            ASSERT_TRUE(disk.remove("/d/big").ok());
            ASSERT_TRUE(file->write_at(0, bytes(std::string(1000, 'b'))).ok());
            ASSERT_EQ(disk.free_bytes("/d").value(), 0u);
        },
        {.capacity_bytes = 1000});
    EXPECT_GT(sizes.size(), 50u);
    EXPECT_TRUE(sizes.contains(0));
}

TEST(SimDiskTest, F4_AFlippedBitIsReadAndSurvives) {
    for_each_seed([](SimDisk& disk) {
        const auto file = make_durable(disk, "/d/f", "abc");
        disk.flip_bit("/d/f", 1);
        const auto text = read(*file);
        ASSERT_EQ(text[0], 'a');
        ASSERT_EQ(std::popcount(static_cast<unsigned>(text[1] ^ 'b') & 0xffu), 1);
        ASSERT_EQ(text[2], 'c');
        disk.lose_power();
        ASSERT_EQ(read(disk, "/d/f"), text);
    });
}

TEST(SimDiskTest, F5_FilesOpenedBeforeThePowerLossAreUnavailable) {
    SimDisk disk({.seed = 1});
    const auto file = make_durable(disk, "/f", "abc");
    disk.lose_power();
    std::array<std::byte, 1> byte{};
    EXPECT_EQ(file->read_at(0, byte).error().code(), Code::unavailable);
    EXPECT_EQ(file->write_at(0, byte).error().code(), Code::unavailable);
    EXPECT_EQ(file->sync_data().error().code(), Code::unavailable);
    EXPECT_EQ(file->size().error().code(), Code::unavailable);
    EXPECT_EQ(file->truncate(0).error().code(), Code::unavailable);
    EXPECT_EQ(read(disk, "/f"), "abc");
}

TEST(SimDiskTest, F6_RefusedOpensDoNotHappenAndTheNextDo) {
    SimDisk disk({.seed = 1});
    ASSERT_TRUE(disk.make_directories("/d").ok());
    const auto file = make_durable(disk, "/d/f", "a");
    const auto directory = disk.open_directory("/d").value();
    const auto expect_refused = [](const auto& result) {
        ASSERT_FALSE(result.ok());
        EXPECT_EQ(result.error().code(), Code::unavailable);
        EXPECT_EQ(result.error().name(), kNoDescriptors);
    };
    disk.refuse_opens(disk.opens() + 1, 4);
    EXPECT_TRUE(disk.open("/d/f", Disk::Open::existing).ok());
    expect_refused(disk.open("/d/g", Disk::Open::create));
    expect_refused(disk.open_directory("/d"));
    expect_refused(disk.list("/d"));
    expect_refused(disk.sync_directory("/d"));
    EXPECT_EQ(names(disk, "/d"), (std::set<std::string>{"f"}));

    disk.refuse_opens(disk.opens(), 1000);
    EXPECT_TRUE(file->sync_data().ok());
    EXPECT_TRUE(directory->sync().ok());
    EXPECT_TRUE(disk.rename("/d/f", "/d/h").ok());
}

TEST(SimDiskTest, F7_ACopyOnWriteDiskThatIsFullTakesAPartOfAnOverwriteAtMost) {
    std::set<std::string> outcomes;
    for_each_seed(
        [&](SimDisk& disk) {
            const auto file = make_durable(disk, "/d/f", "aaaa");
            disk.set_capacity(6);
            const auto written = file->write_at(0, bytes("bbb"));
            ASSERT_FALSE(written.ok());
            ASSERT_EQ(written.error().name(), kNoSpace);
            outcomes.insert(read(*file));
            ASSERT_TRUE(file->write_at(0, bytes("cc")).ok());
        },
        {.copy_on_write = true});
    EXPECT_EQ(outcomes, (std::set<std::string>{"aaaa", "baaa", "bbaa"}));
}

TEST(SimDiskTest, ASeedRepeatsItself) {
    const auto run = [] {
        SimDisk disk({.seed = 7});
        const auto file = make_durable(disk, "/f", sectors("aaaaaaaa"));
        write(*file, 0, sectors("bbbbbbbbbbbb"));
        disk.lose_power();
        return read(disk, "/f");
    };
    EXPECT_EQ(run(), run());
}

TEST(SimDiskTest, OthersRunBeforeEachOperationButTheirOwn) {
    SimDisk disk({.seed = 1});
    const auto file = make_durable(disk, "/f", "a");
    int runs = 0;
    disk.before_each([&] {
        ++runs;
        write(*file, 0, "b");
    });
    EXPECT_EQ(file->size().value(), 1U);
    EXPECT_EQ(runs, 1);
    disk.before_each(nullptr);
    EXPECT_EQ(read(*file), "b");
    EXPECT_EQ(runs, 1);
}

TEST(SimDiskTest, FaultsAreCountedByKind) {
    SimDisk disk({.seed = 1});
    EXPECT_TRUE(disk.faults().empty());
    const auto file = make_durable(disk, "/f", "a");
    disk.flip_bit("/f", 0);
    fail_next(disk);
    EXPECT_FALSE(file->size().ok());
    EXPECT_EQ(disk.faults(), (FaultCounts{{Fault::bit_flipped, 1}, {Fault::operation_failed, 1}}));
}

}  // namespace
}  // namespace millrace::sim
