#include "core/mapping/row_writer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "core/base/csv.h"

namespace millrace::mapping {
namespace {

std::string row_of(RowWriter& writer, const std::vector<std::string>& values) {
    writer.begin(1 << 20);
    for (const auto& value : values) EXPECT_TRUE(writer.add(value));
    return std::string(writer.finish());
}

TEST(RowWriterTest, QuotesEveryValue) {
    RowWriter writer;
    EXPECT_EQ(row_of(writer, {"a", "", "b\"c", "\"", "x,y\nz"}),
              "\"a\",\"\",\"b\"\"c\",\"\"\"\",\"x,y\nz\"\n");
}

// Goal    any bytes come back as they were, and are the bytes append_csv_value() writes.
// Method  random values of 0 to 70 bytes, rich in quotes; read by CsvRowReader.
TEST(RowWriterTest, WritesWhatTheReaderReads) {
    constexpr std::uint64_t kSeed = 20260102;
    SCOPED_TRACE(testing::Message() << "seed=" << kSeed);
    std::mt19937_64 random(kSeed);
    constexpr char kBytes[] = {'"', '"', ',', '\n', '\r', '\0', 'a', 'b', '\xff', ' '};
    RowWriter writer;
    for (int round = 0; round < 5000; ++round) {
        std::vector<std::string> values(1 + random() % 5);
        std::string expected;
        for (auto& value : values) {
            value.resize(random() % 70);
            for (auto& c : value)
                c = kBytes[random() % (random() % 2 == 0 ? 10 : 2 + random() % 8)];
            append_csv_value(expected, value);
            expected.push_back(',');
        }
        expected.back() = '\n';
        const auto row = row_of(writer, values);
        ASSERT_EQ(row, expected) << "round " << round;

        CsvRowReader reader(values.size());
        reader.feed(row);
        const auto read = reader.next();
        ASSERT_TRUE(read.ok() && read.value()) << "round " << round;
        ASSERT_EQ(reader.row(), values) << "round " << round;
    }
}

// The limit counts the bytes of the row, doubled quotes and line end included.
TEST(RowWriterTest, StopsAtTheLimitExactly) {
    const std::string value = "ab\"c";  // 7 bytes in quotes
    RowWriter writer;
    writer.begin(16);
    EXPECT_TRUE(writer.add(value));
    EXPECT_TRUE(writer.add(value));
    EXPECT_EQ(writer.finish().size(), 16U);

    writer.begin(15);
    EXPECT_TRUE(writer.add(value));
    EXPECT_FALSE(writer.add(value));

    writer.begin(15);
    EXPECT_TRUE(writer.add_plain("abcd"));
    EXPECT_TRUE(writer.add_plain("abcde"));
    EXPECT_EQ(writer.finish().size(), 15U);

    writer.begin(14);
    EXPECT_TRUE(writer.add_plain("abcd"));
    EXPECT_FALSE(writer.add_plain("abcde"));
}

}  // namespace
}  // namespace millrace::mapping
