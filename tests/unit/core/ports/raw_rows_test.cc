#include "core/ports/raw_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/byte_source.h"

namespace millrace {
namespace {

using testing::ElementsAre;

// Hands out a few bytes at a time.
class SlowSource : public ByteSource {
public:
    SlowSource(std::string text, std::size_t piece) : text_(std::move(text)), piece_(piece) {}

    Result<std::size_t> read(std::span<char> buffer) override {
        const auto count = text_.copy(buffer.data(), std::min(buffer.size(), piece_), at_);
        at_ += count;
        return count;
    }

private:
    const std::string text_;
    const std::size_t piece_;
    std::size_t at_ = 0;
};

struct Cut {
    std::string header;
    std::vector<std::string> rows;
    std::optional<Code> failure;
};

Cut cut(const std::string& slice, std::size_t piece) {
    RawRows rows(std::make_unique<SlowSource>(slice, piece));
    Cut cut;
    while (true) {
        const auto row = rows.next();
        cut.header = rows.header();
        if (!row.ok()) cut.failure = row.error().code();
        if (!row.ok() || !row.value()) return cut;
        cut.rows.emplace_back(*row.value());
    }
}

std::string read(ByteSource& source) {
    std::string all;
    std::array<char, 5> buffer{};
    while (true) {
        const auto count = source.read(buffer);
        if (!count.ok()) return all + "!";
        if (count.value() == 0) return all;
        all.append(buffer.data(), count.value());
    }
}

TEST(RawRowsTest, RowsAndTheHeaderAreAsTheyAreInTheSlice) {
    const std::string slice = "#slice 2,\"a\nb\"\n\"1\n,\"\"\n\",\n\"2\",\"\"\n";
    for (std::size_t piece = 1; piece <= slice.size(); ++piece) {
        SCOPED_TRACE(piece);
        const auto found = cut(slice, piece);
        EXPECT_EQ(found.header, "#slice 2,\"a\nb\"\n");
        EXPECT_THAT(found.rows, ElementsAre("\"1\n,\"\"\n\",\n", "\"2\",\"\"\n"));
        EXPECT_FALSE(found.failure);
    }
}

TEST(RawRowsTest, OnlyTheFirstLineCanBeAHeader) {
    EXPECT_THAT(cut("\"a\"\n#b\n", 3).rows, ElementsAre("\"a\"\n", "#b\n"));
    EXPECT_TRUE(cut("", 3).rows.empty());
    EXPECT_TRUE(cut("#slice 2,\"a\"\n", 3).rows.empty());
}

TEST(RawRowsTest, ATornRowIsCorrupt) {
    for (const auto* slice : {"\"a\"", "\"a\n\n", "#slice 2", "\"a\"\n\"b"}) {
        EXPECT_EQ(cut(slice, 2).failure, Code::corrupt) << slice;
    }
}

TEST(SliceWithoutTest, LeavesOutTheRowsOfTheseNumbers) {
    struct Case {
        std::string slice;
        std::vector<std::uint64_t> left_out;
        std::string expected;
    };
    const std::vector<Case> cases = {
        {"a\nb\nc\n", {}, "a\nb\nc\n"}, {"a\nb\nc\n", {0}, "b\nc\n"},
        {"a\nb\nc\n", {1}, "a\nc\n"},   {"a\nb\nc\n", {0, 2}, "b\n"},
        {"a\nb\nc\n", {0, 1, 2}, ""},   {"#h\na\n\"b\nb\"\n", {1}, "#h\na\n"},
        {"#h\na\n", {0}, "#h\n"},       {"a\n", {1}, "a\n!"},  // it is not there
    };
    for (const auto& [slice, left_out, expected] : cases) {
        SliceWithout source(std::make_unique<SlowSource>(slice, 2), left_out);
        EXPECT_EQ(read(source), expected) << slice;
    }
}

}  // namespace
}  // namespace millrace
