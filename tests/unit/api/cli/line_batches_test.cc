#include "api/cli/line_batches.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temp_directory.h"

namespace millrace::cli {
namespace {

class FileInput {
public:
    explicit FileInput(const std::string& content) {
        const auto path = directory_ / "lines";
        std::ofstream(path) << content;
        descriptor_ = ::open(path.c_str(), O_RDONLY);
    }
    ~FileInput() { ::close(descriptor_); }
    FileInput(const FileInput&) = delete;
    FileInput& operator=(const FileInput&) = delete;

    int descriptor() const { return descriptor_; }

private:
    testing_support::TempDirectory directory_;
    int descriptor_ = -1;
};

std::vector<std::string> batches_of(const std::string& content, std::size_t bytes,
                                    std::uint64_t skip = 0) {
    const FileInput input(content);
    LineBatches batches(input.descriptor(), {.bytes = bytes});
    EXPECT_LE(batches.skip(skip).value(), skip);
    std::vector<std::string> found;
    std::uint64_t line = skip + 1;
    while (true) {
        const auto batch = batches.next();
        EXPECT_TRUE(batch.ok());
        if (!batch.ok() || !batch.value()) return found;
        EXPECT_EQ(batch.value()->first_line, line);
        line += batch.value()->lines;
        found.emplace_back(batch.value()->text);
        batches.read_ahead();
        EXPECT_EQ(batch.value()->text, found.back());
    }
}

using Texts = std::vector<std::string>;

TEST(LineBatchesTest, WholeLinesUpToTheSize) {
    EXPECT_EQ(batches_of("a\nbb\nccc\n", 5), (Texts{"a\nbb\n", "ccc\n"}));
    EXPECT_EQ(batches_of("a\nbb\nccc\n", 1), (Texts{"a\n", "bb\n", "ccc\n"}));
    EXPECT_EQ(batches_of("a\nbb\nccc\n", 100), (Texts{"a\nbb\nccc\n"}));
}

TEST(LineBatchesTest, TheLastLineNeedsNoEnd) {
    EXPECT_EQ(batches_of("a\nb", 100), (Texts{"a\nb\n"}));
    EXPECT_EQ(batches_of("a\nb", 2), (Texts{"a\n", "b\n"}));
    EXPECT_EQ(batches_of("a", 100), (Texts{"a\n"}));
    EXPECT_EQ(batches_of("", 100), Texts{});
    EXPECT_EQ(batches_of("\n\n", 100), (Texts{"\n\n"}));
}

TEST(LineBatchesTest, ALineMayBeLongerThanTheSizeAndThanARead) {
    const std::string line(1 << 20, 'x');
    EXPECT_EQ(batches_of("a\n" + line + "\nb\n", 1000), (Texts{"a\n", line + "\n", "b\n"}));
}

// Goal    whoever goes on behind an acknowledged batch sends the batches that were sent before.
TEST(LineBatchesTest, BatchesBehindOneAreTheSame) {
    std::string content;
    for (int i = 0; i < 20000; ++i)
        content += std::string(static_cast<std::size_t>(i % 97), 'x') + "\n";
    const auto all = batches_of(content, 5000);
    std::uint64_t lines = 0;
    for (std::size_t first = 0; first < all.size(); first += 17) {
        lines = 0;
        for (std::size_t i = 0; i < first; ++i) {
            lines += static_cast<std::uint64_t>(std::count(all[i].begin(), all[i].end(), '\n'));
        }
        EXPECT_EQ(batches_of(content, 5000, lines),
                  Texts(all.begin() + static_cast<std::ptrdiff_t>(first), all.end()));
    }
}

TEST(LineBatchesTest, SkippingSaysHowManyLinesThereWere) {
    const FileInput input("a\nb\nc");
    LineBatches batches(input.descriptor(), {});
    EXPECT_EQ(batches.skip(2).value(), 2U);
    EXPECT_EQ(batches.next().value()->text, "c\n");
    const FileInput again("a\nb\nc");
    EXPECT_EQ(LineBatches(again.descriptor(), {}).skip(9).value(), 3U);
}

// Goal    whatever is asked for next gets the lines that were read ahead.
TEST(LineBatchesTest, WhatWasReadAheadIsNotLost) {
    const FileInput input("a\nbb\nccc\nd\ne\n");
    LineBatches batches(input.descriptor(), {.bytes = 2});
    batches.read_ahead();
    EXPECT_EQ(batches.next_until(2).value().text, "a\nbb\n");
    batches.read_ahead();
    EXPECT_EQ(batches.skip(1).value(), 1U);
    batches.read_ahead();
    batches.read_ahead();
    const auto next = batches.next();
    EXPECT_EQ(next.value()->text, "d\n");
    EXPECT_EQ(next.value()->first_line, 4U);
    EXPECT_EQ(batches.next().value()->text, "e\n");
    EXPECT_FALSE(batches.next().value());
}

// Goal    nothing waits for a pipe before its lines are wanted.
TEST(LineBatchesTest, OfAPipeNothingIsReadAhead) {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe(ends), 0);
    LineBatches batches(ends[0], {.bytes = 1000, .idle = Milliseconds{1}});
    batches.read_ahead();
    ::close(ends[1]);
    EXPECT_FALSE(batches.next().value());
    ::close(ends[0]);
}

TEST(LineBatchesTest, ABatchUpToALineHasNoSize) {
    const FileInput input("a\nbb\nccc\nd");
    LineBatches batches(input.descriptor(), {.bytes = 2});
    EXPECT_EQ(batches.skip(1).value(), 1U);
    EXPECT_EQ(batches.next_until(3).value().text, "bb\nccc\n");
    const auto last = batches.next_until(9);
    EXPECT_EQ(last.value().text, "d\n");
    EXPECT_EQ(last.value().first_line, 4U);
    EXPECT_EQ(last.value().lines, 1U);
}

// A pipe that was cut where it rested is cut there again, however it comes this time.
TEST(LineBatchesTest, OfAPipeABatchUpToALineWaitsForIt) {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe(ends), 0);
    ASSERT_EQ(::write(ends[1], "a\nb", 3), 3);
    LineBatches batches(ends[0], {.bytes = 1000, .idle = Milliseconds{1}});
    std::thread later([&] { ASSERT_EQ(::write(ends[1], "\nc\n", 3), 3); });
    EXPECT_EQ(batches.next_until(2).value().text, "a\nb\n");
    later.join();
    EXPECT_EQ(batches.next().value()->text, "c\n");
    ::close(ends[1]);
    ::close(ends[0]);
}

TEST(LineBatchesTest, APipeThatRestsEndsABatch) {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe(ends), 0);
    ASSERT_EQ(::write(ends[1], "a\nb\nhal", 7), 7);
    LineBatches batches(ends[0], {.bytes = 1000, .idle = Milliseconds{1}});
    EXPECT_EQ(batches.next().value()->text, "a\nb\n");
    ASSERT_EQ(::write(ends[1], "f\n", 2), 2);
    ::close(ends[1]);
    EXPECT_EQ(batches.next().value()->text, "half\n");
    EXPECT_FALSE(batches.next().value());
    ::close(ends[0]);
}

}  // namespace
}  // namespace millrace::cli
