#include "storage/sqlite/value_order.h"

#include <gtest/gtest.h>

#include "tests/support/temp_directory.h"

namespace millrace::sqlite {
namespace {

int sign(int order) {
    return order < 0 ? -1 : (order > 0 ? 1 : 0);
}

using Compare = int (*)(std::string_view, std::string_view);

// Goal    it is a total order: of texts in ascending groups of equal ones, each compares with each
//         as their groups do.
void expect_ascending(const std::vector<std::vector<std::string>>& groups, Compare compare) {
    for (std::size_t i = 0; i < groups.size(); ++i) {
        for (std::size_t j = 0; j < groups.size(); ++j) {
            for (const auto& a : groups[i]) {
                for (const auto& b : groups[j]) {
                    EXPECT_EQ(sign(compare(a, b)), i < j ? -1 : (i > j ? 1 : 0)) << a << " " << b;
                }
            }
        }
    }
}

TEST(ValueOrderTest, DecimalsAreComparedByTheirValue) {
    expect_ascending({{"-1e400"},
                      {"-100000000000000000000000000000000000000000.1"},
                      {"-10", "-10.00", " -1e1"},
                      {"-9.99"},
                      {"-0.001", "-.001", "-1E-3"},
                      {"0", "-0", "0.00", "+0", "0e5", ".0"},
                      {"0.0009"},
                      {"0.001"},
                      {"9", "09", "9.", "9e0"},
                      {"9.5"},
                      {"10", "1e+1", "10.000"},
                      {"12345678901234567890.1"},
                      {"12345678901234567890.2"},
                      {""},
                      {"-"},
                      {"1e"},
                      {"1e999999999999"},
                      {"9a"},
                      {"abc"}},
                     compare_decimals);
}

TEST(ValueOrderTest, TimesAreComparedAsInstants) {
    expect_ascending(
        {{"0001-01-01T00:00:00.000000Z"},
         {"-1", "1969-12-31T23:59:59.999000Z"},
         {"0", "1970-01-01", "1970-01-01 00:00", "0.0"},
         {"2019-10-24T06:59:59.999999Z"},
         {"2019-10-24T07:00:00.000000Z", "2019-10-24T07:00:00", "2019-10-24 07:00:00.0",
          "2019-10-24 07:00", "2019-10-24T09:00:00+02:00", "2019-10-24T06:30-00:30",
          "1571900400000", "1571900400000.0", "2019-10-24T07:00:00.0000009Z"},
         {"2019-10-24T07:00:00.000001Z"},
         {"2019-10-24T07:00:00.5Z", "1571900400500"},
         {"9999-12-31T23:59:59.999999Z"},
         {""},
         {"2019-02-30"},
         {"2019-10-24T24:00:00"},
         {"99999999999999999999"},
         {"soon"}},
        compare_times);
}

TEST(ValueOrderTest, SqliteUsesThem) {
    testing_support::TempDirectory folder;
    auto database = Database::open(folder.path() + "/orders.sqlite", {}).value();
    ASSERT_TRUE(add_value_orders(database).ok());
    EXPECT_EQ(database.number("SELECT '9' COLLATE millrace_decimal < '10'").value(), 1);
    EXPECT_EQ(database.number("SELECT '0' COLLATE millrace_time = '1970-01-01'").value(), 1);
}

}  // namespace
}  // namespace millrace::sqlite
