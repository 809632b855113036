#include "tests/conformance/disk_suite.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::conformance {
namespace {

using Open = Disk::Open;
using Names = std::vector<std::string>;

std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

// At most `limit` bytes from `offset` on.
std::string read(DiskFile& file, std::uint64_t offset = 0, std::size_t limit = 100'000) {
    std::string text(limit, '?');
    const auto count =
        file.read_at(offset, std::as_writable_bytes(std::span(text.data(), text.size())));
    EXPECT_TRUE(count.ok());
    text.resize(count.ok() ? count.value() : 0);
    return text;
}

std::string read(Disk& disk, const std::string& path) {
    const auto file = disk.open(path, Open::existing);
    return file.ok() ? read(*file.value()) : std::string("(none)");
}

std::unique_ptr<DiskFile> make(Disk& disk, const std::string& path, std::string_view text) {
    auto file = disk.open(path, Open::create_new);
    EXPECT_TRUE(file.ok());
    EXPECT_TRUE(file.value()->write_at(0, bytes(text)).ok());
    return std::move(file).value();
}

template <typename T>
void expect_error(const Result<T>& result, Code code) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), code) << result.error().operator_text();
}

TEST_P(DiskConformance, ExistingOpensOnlyWhatIsThere) {
    expect_error(disk().open(path("f"), Open::existing), Code::not_found);
    make(disk(), path("f"), "abc");
    EXPECT_EQ(read(disk(), path("f")), "abc");
}

TEST_P(DiskConformance, CreateNewMakesAnEmptyFileAndRefusesAnOldOne) {
    const auto file = disk().open(path("f"), Open::create_new);
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(file.value()->size().value(), 0u);
    expect_error(disk().open(path("f"), Open::create_new), Code::conflict);
}

TEST_P(DiskConformance, CreateMakesAFileAndKeepsTheContentOfAnOldOne) {
    ASSERT_TRUE(disk().open(path("f"), Open::create).value()->write_at(0, bytes("abc")).ok());
    EXPECT_EQ(read(*disk().open(path("f"), Open::create).value()), "abc");
}

TEST_P(DiskConformance, NothingIsOpenedInAMissingDirectoryOrBelowAFile) {
    make(disk(), path("f"), "");
    for (const auto mode : {Open::existing, Open::create, Open::create_new}) {
        expect_error(disk().open(path("none/f"), mode), Code::not_found);
        expect_error(disk().open(path("f/g"), mode), Code::unavailable);
    }
}

TEST_P(DiskConformance, ADirectoryIsNotAFile) {
    ASSERT_TRUE(disk().make_directories(path("d")).ok());
    expect_error(disk().open(path("d"), Open::existing), Code::unavailable);
    expect_error(disk().open(path("d"), Open::create), Code::unavailable);
    expect_error(disk().open(path("d"), Open::create_new), Code::conflict);
}

TEST_P(DiskConformance, ReadingStopsAtTheEnd) {
    const auto file = make(disk(), path("f"), "abcdef");
    EXPECT_EQ(read(*file, 0, 6), "abcdef");
    EXPECT_EQ(read(*file, 2, 3), "cde");
    EXPECT_EQ(read(*file, 4, 10), "ef");
    EXPECT_EQ(read(*file, 6, 10), "");
    EXPECT_EQ(read(*file, 1000, 10), "");
    EXPECT_EQ(read(*file, 0, 0), "");
}

TEST_P(DiskConformance, WritesReplaceAndGrow) {
    const auto file = make(disk(), path("f"), "abcdef");
    ASSERT_TRUE(file->write_at(2, bytes("XY")).ok());
    EXPECT_EQ(read(*file), "abXYef");
    ASSERT_TRUE(file->write_at(5, bytes("1234")).ok());
    EXPECT_EQ(read(*file), "abXYe1234");
    EXPECT_EQ(file->size().value(), 9u);
}

TEST_P(DiskConformance, AGapReadsAsZeros) {
    const auto file = make(disk(), path("f"), "ab");
    ASSERT_TRUE(file->write_at(5000, bytes("z")).ok());
    EXPECT_EQ(file->size().value(), 5001u);
    EXPECT_EQ(read(*file), "ab" + std::string(4998, '\0') + "z");
}

TEST_P(DiskConformance, AnEmptyWriteChangesNothing) {
    const auto file = make(disk(), path("f"), "ab");
    ASSERT_TRUE(file->write_at(100, {}).ok());
    EXPECT_EQ(read(*file), "ab");
}

TEST_P(DiskConformance, TruncateShrinksAndGrowsWithZeros) {
    const auto file = make(disk(), path("f"), "abcdef");
    ASSERT_TRUE(file->truncate(3).ok());
    EXPECT_EQ(read(*file), "abc");
    ASSERT_TRUE(file->truncate(6).ok());
    EXPECT_EQ(read(*file), std::string_view("abc\0\0\0", 6));
    ASSERT_TRUE(file->truncate(0).ok());
    EXPECT_EQ(file->size().value(), 0u);
}

TEST_P(DiskConformance, TwoHandlesOfAFileSeeTheSameBytes) {
    const auto one = make(disk(), path("f"), "abc");
    const auto two = disk().open(path("f"), Open::existing);
    ASSERT_TRUE(two.ok());
    ASSERT_TRUE(one->write_at(3, bytes("def")).ok());
    EXPECT_EQ(read(*two.value()), "abcdef");
    ASSERT_TRUE(two.value()->truncate(1).ok());
    EXPECT_EQ(one->size().value(), 1u);
}

TEST_P(DiskConformance, SyncsSucceedAndChangeNothingThatIsRead) {
    const auto file = make(disk(), path("f"), "abc");
    EXPECT_TRUE(file->sync_data().ok());
    EXPECT_TRUE(file->sync_data().ok());
    EXPECT_TRUE(disk().sync_directory(path(".")).ok());
    EXPECT_EQ(read(*file), "abc");
    EXPECT_EQ(disk().list(path(".")).value(), Names{"f"});
}

TEST_P(DiskConformance, RenameGivesAnotherName) {
    const auto file = make(disk(), path("a"), "abc");
    ASSERT_TRUE(disk().rename(path("a"), path("b")).ok());
    EXPECT_EQ(read(disk(), path("a")), "(none)");
    EXPECT_EQ(read(disk(), path("b")), "abc");
    ASSERT_TRUE(file->write_at(0, bytes("X")).ok());  // what is open follows
    EXPECT_EQ(read(disk(), path("b")), "Xbc");
}

TEST_P(DiskConformance, RenameReplaces) {
    make(disk(), path("a"), "new");
    const auto old = make(disk(), path("b"), "old");
    ASSERT_TRUE(disk().rename(path("a"), path("b")).ok());
    EXPECT_EQ(read(disk(), path("b")), "new");
    EXPECT_EQ(disk().list(path(".")).value(), Names{"b"});
    EXPECT_EQ(read(*old), "old");  // what is open stays
}

TEST_P(DiskConformance, RenameOntoItselfDoesNothing) {
    make(disk(), path("a"), "abc");
    EXPECT_TRUE(disk().rename(path("a"), path("a")).ok());
    EXPECT_EQ(read(disk(), path("a")), "abc");
}

TEST_P(DiskConformance, RenameMovesBetweenDirectoriesAndMovesDirectories) {
    ASSERT_TRUE(disk().make_directories(path("d/e")).ok());
    make(disk(), path("a"), "abc");
    ASSERT_TRUE(disk().rename(path("a"), path("d/e/b")).ok());
    ASSERT_TRUE(disk().rename(path("d/e"), path("f")).ok());
    EXPECT_EQ(read(disk(), path("f/b")), "abc");
    EXPECT_EQ(disk().list(path("d")).value(), Names{});
}

TEST_P(DiskConformance, RenameOfAMissingFileOrIntoAMissingDirectoryIsNotFound) {
    make(disk(), path("a"), "abc");
    expect_error(disk().rename(path("none"), path("a")), Code::not_found);
    expect_error(disk().rename(path("a"), path("none/a")), Code::not_found);
    EXPECT_EQ(read(disk(), path("a")), "abc");
}

TEST_P(DiskConformance, RenameDoesNotReplaceADirectoryByAFileOrTheOtherWayRound) {
    make(disk(), path("f"), "abc");
    ASSERT_TRUE(disk().make_directories(path("d")).ok());
    expect_error(disk().rename(path("f"), path("d")), Code::unavailable);
    expect_error(disk().rename(path("d"), path("f")), Code::unavailable);
    expect_error(disk().rename(path("d"), path("d/e")), Code::unavailable);
}

TEST_P(DiskConformance, RemoveTakesTheNameAndLeavesWhatIsOpen) {
    const auto file = make(disk(), path("f"), "abc");
    ASSERT_TRUE(disk().remove(path("f")).ok());
    EXPECT_EQ(read(disk(), path("f")), "(none)");
    EXPECT_EQ(read(*file), "abc");
    EXPECT_TRUE(file->write_at(3, bytes("d")).ok());
    EXPECT_TRUE(file->sync_data().ok());
    expect_error(disk().remove(path("f")), Code::not_found);
}

TEST_P(DiskConformance, RemoveTakesAnEmptyDirectoryButNoFullOne) {
    ASSERT_TRUE(disk().make_directories(path("d")).ok());
    make(disk(), path("d/f"), "");
    expect_error(disk().remove(path("d")), Code::unavailable);
    ASSERT_TRUE(disk().remove(path("d/f")).ok());
    ASSERT_TRUE(disk().remove(path("d")).ok());
    expect_error(disk().list(path("d")), Code::not_found);
}

TEST_P(DiskConformance, MakeDirectoriesMakesParentsAndAcceptsWhatIsThere) {
    ASSERT_TRUE(disk().make_directories(path("a/b/c")).ok());
    ASSERT_TRUE(disk().make_directories(path("a/b/c")).ok());
    ASSERT_TRUE(disk().make_directories(path("a/d/")).ok());
    EXPECT_EQ(disk().list(path("a")).value(), (Names{"b", "d"}));
    EXPECT_EQ(disk().list(path("a/b")).value(), Names{"c"});
}

TEST_P(DiskConformance, MakeDirectoriesDoesNotGoThroughAFile) {
    make(disk(), path("f"), "abc");
    expect_error(disk().make_directories(path("f")), Code::conflict);
    expect_error(disk().make_directories(path("f/d")), Code::conflict);
    EXPECT_EQ(read(disk(), path("f")), "abc");
}

TEST_P(DiskConformance, ListIsSortedByBytesAndHasFilesAndDirectories) {
    for (const auto* name : {"b", "a", "B", "10", "9", ".hidden", "a.tmp"}) {
        make(disk(), path(name), "");
    }
    ASSERT_TRUE(disk().make_directories(path("aa")).ok());
    EXPECT_EQ(disk().list(path(".")).value(),
              (Names{".hidden", "10", "9", "B", "a", "a.tmp", "aa", "b"}));
}

TEST_P(DiskConformance, DirectoryCallsOnAMissingDirectoryAreNotFoundAndOnAFileUnavailable) {
    make(disk(), path("f"), "");
    expect_error(disk().list(path("none")), Code::not_found);
    expect_error(disk().sync_directory(path("none")), Code::not_found);
    expect_error(disk().open_directory(path("none")), Code::not_found);
    expect_error(disk().free_bytes(path("none")), Code::not_found);
    expect_error(disk().list(path("f")), Code::unavailable);
    expect_error(disk().sync_directory(path("f")), Code::unavailable);
    expect_error(disk().open_directory(path("f")), Code::unavailable);
}

TEST_P(DiskConformance, AllocatedRoomBelongsToTheFile) {
    const auto file = disk().open(path("f"), Open::create_new).value();
    ASSERT_TRUE(file->allocate(10'000).ok());
    EXPECT_EQ(file->size().value(), 10'000U);
    ASSERT_TRUE(file->allocate(10).ok());
    EXPECT_EQ(file->size().value(), 10'000U) << "it is never cut";
}

TEST_P(DiskConformance, AnOpenDirectoryIsSyncedAgainAndAgain) {
    const auto directory = disk().open_directory(path("."));
    ASSERT_TRUE(directory.ok());
    make(disk(), path("f"), "");
    EXPECT_TRUE(directory.value()->sync().ok());
    ASSERT_TRUE(disk().rename(path("f"), path("g")).ok());
    EXPECT_TRUE(directory.value()->sync().ok());
}

TEST_P(DiskConformance, ThereIsSpace) {
    EXPECT_GT(disk().free_bytes(path(".")).value(), 0u);
}

TEST_P(DiskConformance, ErrorsNameThePath) {
    const auto file = disk().open(path("none"), Open::existing);
    ASSERT_FALSE(file.ok());
    EXPECT_NE(file.error().operator_text().find(path("none")), std::string::npos);
}

}  // namespace
}  // namespace millrace::conformance
