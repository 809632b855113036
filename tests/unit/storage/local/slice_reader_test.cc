#include "storage/local/slice_reader.h"

#include <gtest/gtest.h>

#include <random>

#include "core/base/crc32c.h"
#include "tests/support/memory_disk.h"
#include "tests/support/memory_source.h"

namespace millrace::local {
namespace {

// Reads a slice of which `rows` were sealed, through a buffer of `buffer_bytes`.
Result<std::string> read(const std::string& csv, std::uint64_t rows, std::size_t buffer_bytes) {
    testing_support::MemoryDisk disk;
    disk.set_content("/slice", csv);
    SliceReader reader(disk.open("/slice", Disk::Open::existing).value(), "/slice",
                       {.bytes = csv.size(), .rows = rows, .crc = crc32c(0, csv)});
    return testing_support::read_all(reader, buffer_bytes);
}

TEST(SliceReaderTest, TheHeaderOfFormat2IsNoRow) {
    struct Row {
        std::string csv;
        std::uint64_t rows;
    };
    const Row table[] = {
        {"", 0},
        {"\"a\"\n\"b\"\n", 2},
        {"\"#\n\"\n", 1},
        {"#slice 2,\"a\"\n", 0},
        {"#slice 2,\"a\n\"\n\"1\n\"\n\n", 2},
        {"\n#\n", 2},
    };
    for (const auto& row : table) {
        for (const std::size_t buffer : {1U, 2U, 100U}) {
            SCOPED_TRACE(row.csv);
            const auto content = read(row.csv, row.rows, buffer);
            ASSERT_TRUE(content.ok()) << content.error().operator_text();
            EXPECT_EQ(content.value(), row.csv);
            EXPECT_EQ(read(row.csv, row.rows + 1, buffer).error().code(), Code::corrupt);
        }
    }
}

// Goal    a line end counts where it is outside quotes, wherever it is in what is read at a time.
// Method  random texts of quotes, line ends and others, beside a count byte by byte.
TEST(SliceReaderTest, LineEndsInQuotesAreCountedAsByteByByte) {
    std::mt19937 random(1);
    for (int round = 0; round < 300; ++round) {
        SCOPED_TRACE(round);
        std::string csv;
        while (csv.size() < 1U + random() % 400) csv += "\"\n,aaaa"[random() % 7];
        bool in_quotes = false;
        std::uint64_t rows = 0;
        for (const char c : csv) {
            in_quotes ^= c == '"';
            rows += c == '\n' && !in_quotes ? 1U : 0U;
        }
        for (const std::size_t buffer : {1U, 63U, 64U, 65U, 130U, 1000U}) {
            EXPECT_TRUE(read(csv, rows, buffer).ok()) << "buffer=" << buffer;
            EXPECT_FALSE(read(csv, rows + 1, buffer).ok());
        }
    }
}

}  // namespace
}  // namespace millrace::local
