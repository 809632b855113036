#include "core/bulk/csv_plain.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/bulk/byte_window.h"

namespace millrace::bulk {
namespace {

std::vector<std::string> split(const std::string& record, std::string_view separator,
                               std::size_t cells_max) {
    CsvCells cells({}, cells_max);
    const auto padded = record + std::string(ByteWindow::kPadding, '\0');
    split_plain(std::string_view(padded).substr(0, record.size()), separator, cells);
    std::vector<std::string> values;
    for (const auto& cell : cells.kept()) values.emplace_back(cell.text);
    values.push_back(std::to_string(cells.count()));
    return values;
}

TEST(CsvPlainTest, EverySeparatorCounts) {
    using Values = std::vector<std::string>;
    EXPECT_EQ(split("a,b", ",", 9), (Values{"a", "b", "2"}));
    EXPECT_EQ(split("a,", ",", 9), (Values{"a", "", "2"}));
    EXPECT_EQ(split(",", ",", 9), (Values{"", "", "2"}));
    EXPECT_EQ(split("a,,b", ",", 1), (Values{"a", "3"}));
    EXPECT_EQ(split("a||b|", "||", 9), (Values{"a", "b|", "2"}));
    EXPECT_EQ(split(std::string("a\0b", 3), std::string_view("\0", 1), 9), (Values{"a", "b", "2"}));
}

// Records are looked at 64 bytes at a time.
TEST(CsvPlainTest, SeparatorsAreFoundAtAnyPlace) {
    for (std::size_t size = 1; size < 200; ++size) {
        for (std::size_t place = 0; place < size; ++place) {
            std::string record(size, 'x');
            record[place] = '\t';
            const auto values = split(record, "\t", 3);
            ASSERT_EQ(values.size(), 3U);
            ASSERT_EQ(values[0].size(), place);
            ASSERT_EQ(values[1].size(), size - place - 1);
        }
    }
}

}  // namespace
}  // namespace millrace::bulk
