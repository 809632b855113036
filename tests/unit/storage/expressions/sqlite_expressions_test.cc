// Goal    expressions have the values that Apache Doris gives them, and hostile ones are refused.
// Method  tables of an expression, a row and the value.

#include "storage/expressions/sqlite_expressions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/storage/expressions/expression_fixture.h"

namespace millrace::expressions {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Case {
    std::string expression;
    std::string value;
};

void expect_all(const std::vector<Case>& cases, const std::vector<Source>& row = {}) {
    for (const auto& [expression, value] : cases) {
        EXPECT_EQ(value_of(expression, row), value) << expression;
    }
}

const std::vector<Source> kRow = {
    {"a", "9"},
    {"b", "10"},
    {"t", "abc"},
    {"n", std::nullopt},
    {"e", ""},
    {"d", "2024-02-29"},
    {"Mixed", "x"},
    {"i", "7", DataType::integer},
    {"bad", "seven", DataType::integer},
    {"cut", "3.12", DataType::integer},
    {"price", "12.30", DataType::decimal},
    {"f", "2.5", DataType::float64},
    {"yes", "true", DataType::boolean},
    {"day", "2024-2-5", DataType::date},
    {"at", "2024-02-05T06:07:08Z", DataType::timestamp},
};

TEST(SqliteExpressionsTest, LiteralsAreTheirTextAndColumnsTheirCell) {
    expect_all({{"7.7", "7.7"},
                {"7.70", "7.70"},
                {"'a'", "a"},
                {R"("it''s")", "it''s"},
                {R"('it''s')", "it's"},
                {R"('a\'b\n\\')", "a'b\n\\"},
                {"-5", "-5"},
                {"- 5", "-5"},
                {"+5", "5"},
                {"1e3", "1000"},
                {"0e999", "0"},
                {"null", "NULL"},
                {"TRUE", "1"},
                {"9223372036854775807", "9223372036854775807"},
                {"123456789012345678901234567890", "123456789012345678901234567890"},
                {"t", "abc"},
                {"T", "abc"},
                {"`mixed`", "x"},
                {"(t)", "abc"},
                {"n", "NULL"},
                {"e", ""},
                {"bad", "seven"},
                {"at", "2024-02-05T06:07:08Z"}},
               kRow);
}

TEST(SqliteExpressionsTest, ComparesTextWithANumberAsNumbersAndTextWithTextAsText) {
    expect_all({{"a < b", "0"},  // "9" < "10"
                {"a < 10", "1"},
                {"a <= 9.0", "1"},
                {"b = 10.00", "1"},
                {"b = '10'", "1"},
                {"b = '10.0'", "0"},
                {"t = 1", "NULL"},
                {"t = 'ABC'", "0"},
                {"i < 10", "1"},
                {"i < '10'", "1"},  // the column is a number
                {"i = '7.0'", "1"},
                {"i < b", "1"},
                {"cut = 3", "1"},
                {"bad = 7", "NULL"},
                {"price = 12.3", "1"},
                {"price > 12.29999", "1"},
                {"price in (12.3, 4)", "1"},
                {"price in (price + 1, price)", "1"},
                {"price in (price + 1, null)", "NULL"},
                {"price not in (price + 1, 4)", "1"},
                {"price between 12.3 and 12.3", "1"},
                {"price between price and price + 1", "1"},
                {"f > 2", "1"},
                {"yes = true", "1"},
                {"yes = 1", "1"},
                {"yes = 'true'", "1"},
                {"yes", "true"},
                {"not yes", "0"},
                {"day = '2024-02-05'", "1"},
                {"day < '20240206'", "1"},
                {"day = at", "0"},
                {"at = '2024-02-05 06:07:08'", "1"},
                {"at > day", "1"},
                {"at >= '2024-2-5'", "1"},
                {"d = '2024-02-29'", "1"},
                {"123456789012345678901.1 > 123456789012345678901.0", "1"},
                {"2 > 1 = 1", "1"}},
               kRow);
}

TEST(SqliteExpressionsTest, NullIsUnknown) {
    expect_all(
        {{"n = 1", "NULL"},          {"n <=> null", "1"},      {"a <=> null", "0"},
         {"n != 'x'", "NULL"},       {"n is null", "1"},       {"n is not null", "0"},
         {"a is not null", "1"},     {"n or true", "1"},       {"n and true", "NULL"},
         {"n and false", "0"},       {"not n", "NULL"},        {"n in (1, 2)", "NULL"},
         {"a in (1, null)", "NULL"}, {"a in (9, null)", "1"},  {"a not in (1, 2)", "1"},
         {"a + n", "NULL"},          {"concat(a, n)", "NULL"}, {"concat_ws('-', a, n, b)", "9-10"},
         {"ifnull(n, 'x')", "x"},    {"nvl(a, 'x')", "9"},     {"coalesce(n, n, b)", "10"},
         {"nullif(a, 9)", "NULL"},   {"nullif(a, 'x')", "9"},  {"if(n, 1, 2)", "2"},
         {"(n = 1) is true", "0"},   {"(a = 9) is true", "1"}, {"(a = 8) is not false", "0"},
         {"greatest(a, n)", "NULL"}},
        kRow);
}

TEST(SqliteExpressionsTest, OperatorsHaveTheirPrecedence) {
    expect_all({{"1 + 2 * 3", "7"},
                {"(1 + 2) * 3", "9"},
                {"10 - 2 - 3", "5"},
                {"1 = 1 and 0 = 1 or 1 = 1", "1"},
                {"not 1 = 2", "1"},
                {"!0 = 1", "1"},
                {"2 between 1 and 3 and 1 = 1", "1"},
                {"a=9 && b=10", "1"},
                {"'x' in ('x','y','z')", "1"},
                {"a not between 1 and 8", "1"},
                {"-a + 1", "-8"},
                {"-(-5)", "5"},
                {"- -a", "9"},
                {"1--1", "2"},
                {"case when a > 5 then 'big' else 'small' end", "big"},
                {"case a when 8 then 'x' when 9 then 'y' end", "y"},
                {"case when a > 50 then 1 end", "NULL"},
                {"if(a=9, if(b=1, 'p', 'q'), 'r')", "q"}},
               kRow);
}

TEST(SqliteExpressionsTest, ArithmeticIsExactWhereItCanBe) {
    expect_all({{"a * 10", "90"},
                {"7 / 2", "3.5"},
                {"6 / 2", "3"},
                {"1 / 0", "NULL"},
                {"7 div 2", "3"},
                {"-7 div 2", "-3"},
                {"7 div 0", "NULL"},
                {"7 % 3", "1"},
                {"-7 % 3", "-1"},
                {"7.5 % 2", "1.5"},
                {"7 % 0", "NULL"},
                {"mod(7, 4)", "3"},
                {"pmod(-7, 3)", "2"},
                {"0.1 + 0.2", "0.3"},
                {"1.10 + 2.2", "3.30"},
                {"price * 2", "24.60"},
                {"price - 0.3", "12.00"},
                {"price / 3", "4.100000"},
                {"-price", "-12.30"},
                {"f * 2", "5"},
                {"t + 1", "NULL"},
                {"9007199254740993 + 0", "9007199254740993"},
                {"'9007199254740993' + 1", "9007199254740994"},
                {"123456789012345678901234567890.5 + 1", "123456789012345678901234567891.5"},
                {"cut + 1", "4"},
                {"' 12 ' + 1", "13"}},
               kRow);
}

TEST(SqliteExpressionsTest, CastsToTypes) {
    expect_all(
        {{"cast('12' as int)", "12"},
         {"cast('3.7' as int)", "3"},
         {"cast('x' as int)", "NULL"},
         {"cast(300 as tinyint)", "NULL"},
         {"cast('9223372036854775807' as bigint)", "9223372036854775807"},
         {"cast(1.005 as decimal(10, 2))", "1.01"},
         {"cast('12345' as decimal(3, 0))", "NULL"},
         {"cast('1.5' as double) + 1", "2.5"},
         {"cast(5 as string)", "5"},
         {R"(cast('{"a": [1, null]}' as json))", R"({"a":[1,null]})"},
         {R"(cast('{"a":1' as json))", "NULL"},
         {"cast(5 as json)", "5"},
         {"cast('abcdef' as varchar(3))", "abc"},
         {"cast('2024-2-5 1:2:3' as date)", "2024-02-05"},
         {"cast('2024-2-5' as datetime)", "2024-02-05 00:00:00"},
         {"cast('2024-2-5 1:2:3.25' as datetime(1))", "2024-02-05 01:02:03.3"},
         {"cast('2024-2-5 1:2:3' as datetime(3))", "2024-02-05 01:02:03.000"},
         {"cast('2024-02-03 23:59:59.999' as datetime)", "2024-02-04 00:00:00"},
         {"cast('2024-02-03 10:11:12.499999' as datetime(0))", "2024-02-03 10:11:12"},
         {"cast('9999-12-31 23:59:59.5' as datetime)", "NULL"},
         {"cast('2024-2-5 1:2:3' as datetime(3)) = '2024-02-05 01:02:03'", "1"},
         {"cast('2024-2-5 1:2:3' as datetime(3)) = cast('2024-2-5 1:2:3' as datetime)", "1"},
         {"cast(cast('2024-2-5 1:2:3.25' as datetime(2)) as datetime)", "2024-02-05 01:02:03"},
         {"cast(now() as datetime(1))", "2026-01-31 09:30:00.0"},
         {"cast('2024-2-5 1:2:3.25' as datetime(6))", "2024-02-05 01:02:03.250000"},
         {"cast('yes' as boolean)", "NULL"},
         {"cast('true' as boolean)", "1"},
         {"cast('170141183460469231731687303715884105' as largeint)",
          "170141183460469231731687303715884105"}});
}

// Goal    a number keeps its digits on the way from a double, or from an exponent, to a decimal.
TEST(SqliteExpressionsTest, CastsDoublesToDecimalsWithTheirDigits) {
    const std::vector<Source> row = {{"q", "1e-7"},
                                     {"x", "0.0000001", DataType::float64},
                                     {"n", "1", DataType::integer},
                                     {"lat", "52.52000712"}};
    expect_all({{"cast(n / 3 as decimal(20, 9))", "0.333333333"},
                {"cast(lat * 1 as decimal(12, 8))", "52.52000712"},
                {"cast(lat as decimal(12, 8))", "52.52000712"},
                {"cast(q as decimal(20, 10))", "0.0000001000"},
                {"cast(x as decimal(20, 10))", "0.0000001000"},
                {"cast(x * 1 as decimal(20, 10))", "0.0000001000"},
                {"cast('1e-7' as decimal(20, 8))", "0.00000010"},
                {"cast('12345678901234567.25e2' as decimal(38, 3))", "1234567890123456725.000"},
                {"cast('-1.5E+3' as decimal(38, 1))", "-1500.0"},
                {"cast('1e38' as decimal(38, 0))", "NULL"},
                {"cast('1e-400' as decimal(38, 2))", "0.00"},
                {"cast('1e99999999999' as decimal(38, 2))", "NULL"},
                {"cast('1e' as decimal(38, 2))", "NULL"},
                {"cast(1.5e-8 as decimal(38, 12))", "0.000000015000"},
                {"cast(1e18 as largeint)", "1000000000000000000"},
                {"cast('+e5' as decimal(38, 2))", "NULL"},
                {"cast('1e+-5' as decimal(38, 2))", "NULL"},
                {"cast('.5e1' as decimal(38, 2))", "5.00"},
                {"cast('1.2.3e1' as decimal(38, 2))", "NULL"}},
               row);
}

TEST(SqliteExpressionsTest, CastsDecimalsToWholeNumbersExactly) {
    const std::vector<Source> row = {{"a", "409847871338069881.375", DataType::decimal},
                                     {"q", "9007199254740993.0"}};
    expect_all({{"cast(a as bigint)", "409847871338069881"},
                {"cast(q as bigint)", "9007199254740993"},
                {"cast(-a as bigint)", "-409847871338069881"},
                {"cast(9223372036854775807.9 as bigint)", "9223372036854775807"},
                {"cast(-9223372036854775808.9 as bigint)", "-9223372036854775808"},
                {"cast(9223372036854775808.0 as bigint)", "NULL"},
                {"cast('9.007199254740993e15' as bigint)", "9007199254740993"},
                {"cast(' 3.7\t' as int)", "3"},
                {"cast('1e400' as bigint)", "NULL"}},
               row);
}

TEST(SqliteExpressionsTest, ColumnsOfWholeNumbersAreReadExactly) {
    const std::vector<Source> row = {{"n", "9007199254740993.0", DataType::integer},
                                     {"m", "9.007199254740993e15", DataType::integer},
                                     {"bad", "1e400", DataType::integer}};
    expect_all({{"n + 1", "9007199254740994"},
                {"m = 9007199254740993", "1"},
                {"bad + 1", "NULL"},
                {"cast(-9223372036854775808e0 as bigint)", "-9223372036854775808"}},
               row);
}

TEST(SqliteExpressionsTest, WholeDivisionAndItsRestAreExactOfDecimals) {
    const std::vector<Source> row = {{"a", "0.3", DataType::decimal},
                                     {"n", "9007199254740993", DataType::integer}};
    expect_all({{"0.3 div 0.1", "3"},
                {"a div 0.1", "3"},
                {"4.35 div 0.01", "435"},
                {"-7.5 div 2", "-3"},
                {"n div 1.0", "9007199254740993"},
                {"123456789012345678 div 0.1", "1234567890123456780"},
                {"1.5 div 0.0", "NULL"},
                {"n div -1", "-9007199254740993"},
                {"-9223372036854775808 div -1", "9.223372036854776e+18"},
                {"7 div 0.5e0", "14"},
                {"99999999999999999999.0 div 1", "1e+20"},
                {"0.3 div 0.1 = 3", "1"},
                {"pmod(8, 0.6)", "0.2"},
                {"pmod(-8, 0.6)", "0.4"},
                {"pmod(8, -0.6)", "-0.4"},
                {"pmod(n, 2.0)", "1.0"},
                {"pmod(1.5, 0)", "NULL"},
                {"pmod(8, 0.6) = 0.2", "1"},
                {"pmod(8, 0.6) + 1", "1.2"},
                {"pmod(7.5, '2')", "1.5"}},
               row);
}

TEST(SqliteExpressionsTest, WholeNumbersAreRoundedExactly) {
    const std::vector<Source> row = {{"n", "1732998000123456789", DataType::integer},
                                     {"m", "9007199254740993", DataType::integer}};
    expect_all({{"truncate(n, -6)", "1732998000123000000"},
                {"round(n, -6)", "1732998000123000000"},
                {"round(n, -2)", "1732998000123456800"},
                {"round(m, -1)", "9007199254740990"},
                {"round(-m, -2)", "-9007199254741000"},
                {"round(15, -1)", "20"},
                {"truncate(-19, -1)", "-10"},
                {"round(n, -30)", "0"},
                {"round(9223372036854775807, -1)", "9.223372036854776e+18"}},
               row);
}

TEST(SqliteExpressionsTest, FunctionsOfTextsCountCharacters) {
    expect_all({{"concat('a', 1, 2.50)", "a12.50"},
                {"substring('abcdef', 2, 3)", "bcd"},
                {"substr('abcdef', -2)", "ef"},
                {"substring('abc', 0)", ""},
                {"substring('grün', 3, 1)", "ü"},
                {"left('abc', 2)", "ab"},
                {"right('abc', 2)", "bc"},
                {"right('abc', 9)", "abc"},
                {"upper('aé')", "Aé"},
                {"lcase('ABC')", "abc"},
                {"trim('  a ')", "a"},
                {"rtrim('ababccaab', 'ab')", "ababcca"},
                {"ltrim('ababccaab', 'ab')", "ccaab"},
                {"replace('aXbX', 'X', 'yy')", "ayybyy"},
                {"length('ü')", "2"},
                {"char_length('ü')", "1"},
                {"instr('abcabc', 'ca')", "3"},
                {"locate('b', 'abcb', 3)", "4"},
                {"lpad('5', 3, '0')", "005"},
                {"lpad('abcd', 2, '0')", "ab"},
                {"rpad('a', 4, 'xy')", "axyx"},
                {"reverse('aüb')", "büa"},
                {"repeat('ab', 3)", "ababab"},
                {"split_part('a|b|c', '|', 2)", "b"},
                {"split_part('a|b|c', '|', -1)", "c"},
                {"split_part('abc', '|', 1)", "NULL"},
                {"split_part('a|b', '|', 3)", "NULL"},
                {"substring_index('a.b.c', '.', 2)", "a.b"},
                {"substring_index('a.b.c', '.', -1)", "c"},
                {"starts_with('abc', 'ab')", "1"},
                {"ends_with('abc', 'ab')", "0"},
                {"md5('abc')", "900150983cd24fb0d6963f7d28e17f72"},
                {"hex(255)", "FF"},
                {"hex('ab')", "6162"},
                {"unhex('6162')", "ab"},
                {"'abc' like 'a%'", "1"},
                {"'abc' like 'A%'", "0"},
                {"'a%c' like 'a\\%c'", "1"},
                {"'abc' like 'a\\%c'", "0"},
                {"'aüc' like 'a_c'", "1"},
                {"'ü' like '%__'", "0"},
                {"'abcbc' like '%bc'", "1"},
                {"'abc' not like '%d%'", "1"},
                {"'a%' like 'a!%' escape '!'", "1"}});
}

TEST(SqliteExpressionsTest, FunctionsOfNumbers) {
    expect_all({{"abs(-5)", "5"},
                {"abs('-5.5')", "5.5"},
                {"abs(-1.50)", "1.50"},
                {"ceil(1.2)", "2"},
                {"ceiling(-1.2)", "-1"},
                {"floor(-1.2)", "-2"},
                {"floor('1.9')", "1"},
                {"round(2.5)", "3"},
                {"round(-2.5)", "-3"},
                {"round(1.005, 2)", "1.01"},
                {"round(1234, -2)", "1200"},
                {"truncate(1.999, 1)", "1.9"},
                {"power(2, 10)", "1024"},
                {"sqrt(9)", "3"},
                {"sqrt(-1)", "NULL"},
                {"exp(0)", "1"},
                {"ln(0)", "NULL"},
                {"log(2, 8)", "3"},
                {"log10(1000)", "3"},
                {"log2(8)", "3"},
                {"sign(-3)", "-1"},
                {"greatest(1, 5, 3)", "5"},
                {"least(1.50, 5)", "1.50"},
                {"greatest(9, '10')", "9"},
                {"greatest('a', 'b')", "b"}});
}

TEST(SqliteExpressionsTest, FunctionsOfTimes) {
    expect_all(
        {{"year('2024-02-29')", "2024"},
         {"month('2024-2-9')", "2"},
         {"day('20240229')", "29"},
         {"hour('2024-02-29 13:14:15')", "13"},
         {"minute('2024-02-29T13:14:15')", "14"},
         {"second('2022-12-01:09:30:31')", "31"},
         {"dayofweek('2024-02-29')", "5"},
         {"dayofyear('2024-12-31')", "366"},
         {"quarter('2024-05-01')", "2"},
         {"week('2020-01-01')", "0"},
         {"week('2020-07-01', 1)", "27"},
         {"weekofyear('2008-02-20')", "8"},
         {"yearweek('1987-01-01')", "198652"},
         {"year('2024-14-2')", "NULL"},
         {"year('x')", "NULL"},
         {"to_date('2024-02-29 13:14:15')", "2024-02-29"},
         {"date_format('2009-10-04 22:23:00', '%W %M %Y')", "Sunday October 2009"},
         {"date_format('2007-10-04 22:23:00', '%H:%i:%s')", "22:23:00"},
         {"date_format('1900-10-04 22:23:00', '%D %y %a %d %m %b %j')", "4th 00 Thu 04 10 Oct 277"},
         {"date_format('1997-10-04 22:23:00', '%H %k %I %r %T %S %w')",
          "22 22 10 10:23:00 PM 22:23:00 00 6"},
         {"date_format('1999-01-01', '%X %V')", "1998 52"},
         {"date_format('2024-01-02', 'yyyyMMdd')", "20240102"},
         {"FROM_UNIXTIME(2019,'%Y-%m-%dT%H:%i:%s')", "1970-01-01T00:33:39"},
         {"from_unixtime(0)", "1970-01-01 00:00:00"},
         {"from_unixtime(-1)", "NULL"},
         {"unix_timestamp('1970-01-01 00:33:39')", "2019"},
         {"unix_timestamp('2024/02/29', '%Y/%m/%d')", "1709164800"},
         {"unix_timestamp()", "1769851800"},
         {"str_to_date('2014-12-21 12:34:56', '%Y-%m-%d %H:%i:%s')", "2014-12-21 12:34:56"},
         {"str_to_date('200442 Monday', '%Y%m%d %W')", "NULL"},
         {"str_to_date('1 Feb 2024', '%e %b %Y')", "2024-02-01"},
         {"date_add('2024-01-31', interval 1 month)", "2024-02-29"},
         {"date_add('2010-11-30 23:59:59', INTERVAL 2 DAY)", "2010-12-02 23:59:59"},
         {"date_sub('2024-03-01', 1)", "2024-02-29"},
         {"'2024-01-01' + interval 90 minute", "2024-01-01 01:30:00"},
         {"hours_sub('2024-01-01 00:30:00', 1)", "2023-12-31 23:30:00"},
         {"timestampadd(week, 1, '2024-01-01')", "2024-01-08"},
         {"timestampdiff(month, '2024-01-31', '2024-03-01')", "1"},
         {"days_diff('2024-01-03', '2024-01-01')", "2"},
         {"datediff('2007-12-31 23:59:59','2007-12-30')", "1"},
         {"datediff('2010-11-30 23:59:59','2010-12-31')", "-31"},
         {"date_trunc('2010-12-02 19:28:30', 'hour')", "2010-12-02 19:00:00"},
         {"date_trunc('2023-05-17 10:00:00', 'week')", "2023-05-15 00:00:00"},
         {"date_trunc('2023-05-17', 'quarter')", "2023-04-01"},
         {"last_day('2024-02-05')", "2024-02-29"},
         {"to_days('1970-01-01')", "719528"},
         {"from_days(719529)", "1970-01-02"},
         {"dayname('2024-02-29')", "Thursday"},
         {"now()", "2026-01-31 09:30:00"},
         {"current_timestamp", "2026-01-31 09:30:00"},
         {"curdate()", "2026-01-31"},
         {"now() > '2026-01-01'", "1"}});
}

TEST(SqliteExpressionsTest, TimesAreOfTheZoneOfTheLoad) {
    EXPECT_EQ(value_of("now()", {}, "+08:00"), "2026-01-31 17:30:00");
    EXPECT_EQ(value_of("utc_timestamp()", {}, "+08:00"), "2026-01-31 09:30:00");
    EXPECT_EQ(value_of("from_unixtime(0)", {}, "-05:30"), "1969-12-31 18:30:00");
    EXPECT_EQ(value_of("unix_timestamp('1970-01-01 08:00:01')", {}, "+08:00"), "1");
    EXPECT_EQ(value_of("hour('2024-01-01T00:00:00Z')", {}, "+08:00"), "8");
    EXPECT_EQ(value_of("hour('2024-01-01 00:00:00+02:00')"), "22");
    EXPECT_THAT(value_of("1 + 1", {}, "Mars/Base"), HasSubstr("no time zone \"Mars/Base\""));
    EXPECT_THAT(value_of("1 + 1", {}, "../../etc/passwd"), HasSubstr("there is no time zone"));
}

TEST(SqliteExpressionsTest, ReadsJsonByAPath) {
    const std::vector<Source> row = {
        {"j", R"({"a": {"b": [1, "x", 2.5]}, "c.d": true, "n": null, "big": 1e2})"}};
    expect_all({{"get_json_string(j, '$.a.b[1]')", "x"},
                {"json_extract(j, '$.a.b[1]')", "\"x\""},
                {"json_extract(j, '$.a')", R"({"b":[1,"x",2.5]})"},
                {"get_json_int(j, '$.a.b[0]') + 1", "2"},
                {"get_json_int(j, '$.a.b[1]')", "NULL"},
                {"get_json_double(j, '$.a.b[2]')", "2.5"},
                {"get_json_string(j, '$.\"c.d\"')", "true"},
                {"get_json_string(j, '$.n')", "NULL"},
                {"get_json_string(j, '$.none')", "NULL"},
                {"get_json_string('{', '$.a')", "NULL"}},
               row);
    EXPECT_THAT(value_of("json_extract(j, '$.a[*]')", row), HasSubstr("no number in [ ]"));
}

TEST(SqliteExpressionsTest, JsonKeepsItsTexts) {
    const std::vector<Source> row = {
        {"half", R"({"a": "x\ud83d", "b": 1})"},
        {"j",
         R"({"a": 1, "\u0061": 2, "big": 1E400, "d": 1.10, "h": [ 123456789012345678901234567890,
                  0.1234567890123456789 ], "s": "x \" \u00e9", "e": 1e3, "z": -0})"}};
    expect_all(
        {{"get_json_int(j, '$.a')", "1"},
         {"get_json_string(j, '$.d')", "1.10"},
         {"get_json_string(j, '$.big')", "1E400"},
         {"get_json_double(j, '$.big')", "NULL"},
         {"get_json_double(j, '$.d')", "1.1"},
         {"get_json_string(j, '$.h[0]')", "123456789012345678901234567890"},
         {"get_json_bigint(j, '$.h[0]')", "NULL"},
         {"json_extract(j, '$.h')", "[123456789012345678901234567890,0.1234567890123456789]"},
         {"get_json_string(j, '$.s')", "x \" é"},
         {"json_extract(j, '$.s')", R"("x \" \u00e9")"},
         {"get_json_string(j, '$.e')", "1e3"},
         {"get_json_int(j, '$.e')", "NULL"},
         {"get_json_int(j, '$.z')", "0"},
         {"get_json_int(j, '$.h[2]')", "NULL"},
         {"get_json_int(j, '$.a[0]')", "NULL"},
         {"get_json_int(j, '$.h.a')", "NULL"},
         {"get_json_string(' \t[1] ', '$[0]')", "1"},
         {"get_json_string('', '$')", "NULL"},
         {"get_json_string(half, '$.a')", "NULL"},
         {"get_json_string(half, '$.b')", "1"},
         {R"(cast(' {"b": 1.10, "a": "\\u00e9", "b": 1e400 } ' as json))",
          R"({"b":1.10,"a":"\u00e9","b":1e400})"}},
        row);
}

TEST(SqliteExpressionsTest, WhereOfTheConformanceCases) {
    const std::vector<Source> row = {{"d", "asf"}, {"b", "3"}};
    EXPECT_EQ(value_of("d='doris' or d='asf' or b=9 or b=8", row), "1");
    EXPECT_EQ(value_of("d='doris' or b=9 or b=8", row), "0");
    EXPECT_EQ(value_of("del=1", {{"del", "1"}}), "1");
    EXPECT_EQ(value_of("del=1", {{"del", "0"}}), "0");
    EXPECT_EQ(value_of("k1 <= 10", {{"k1", "9"}}), "1");
    EXPECT_EQ(value_of("k1 <= 10", {{"k1", "11"}}), "0");
    EXPECT_EQ(value_of("id > 50", {{"id", "9"}}), "0");
    EXPECT_EQ(value_of("id*10", {{"id", "9", DataType::integer}}), "90");
    EXPECT_EQ(value_of("tmpk7+1", {{"tmpk7", "32767"}}), "32768");
}

TEST(SqliteExpressionsTest, ErrorsNameThePlace) {
    const std::vector<Source> row = {{"a", "1"}, {"b", "2"}};
    const std::vector<Case> cases = {
        {"year(x)", "unknown column x at 6; there are a, b"},
        {"", "there is no expression"},
        {"  ", "there is no expression"},
        {"a +", "the end where a value is expected"},
        {"a b", "\"b\" at 3 where the end is expected"},
        {"(a", "the end where \")\" is expected"},
        {"'abc", "the quote at 1 is not closed"},
        {"a || b", "|| at 3 is OR for Apache Doris"},
        {"nope(a)", "there is no function nope for the one at 1; docs/stream-load.md"},
        {"bitmap_hash(a)", "there is no function bitmap_hash"},
        {"now(7)", "now at 1 takes a number of digits or nothing; there are 1"},
        {"curdate(1)", "curdate at 1 takes no arguments; there are 1"},
        {"uuid()", "uuid() at 1 is refused"},
        {"substring(a)", "substring at 1 takes 2 to 3 arguments; there are 1"},
        {"a regexp 'x'", "regexp at 3 is not there"},
        {"t.a", "\".\" at 2: a column has no table in front"},
        {"cast(a as blob)", "CAST to blob at 11 is not there"},
        {"interval 1 day", "INTERVAL"},
        {"date_add(a, interval 1 fortnight)", "no unit of time fortnight"},
        {"now() + 1", "a date at 1 is computed with as a number"},
        {"a -- comment", "a comment at 3"},
        {"a /* c */", "a comment at 3"},
        {"a < 1e400", "the number 1e400 at 5 is larger or nearer to 0 than a DOUBLE can be"},
        {"a * -1e999", "the number -1e999 at 5 is larger"},
        {"a + 1e-400", "the number 1e-400 at 5 is larger or nearer to 0"},
    };
    for (const auto& [expression, error] : cases) {
        EXPECT_THAT(value_of(expression, row), StartsWith("error: expression \"")) << expression;
        if (expression != "interval 1 day") {
            EXPECT_THAT(value_of(expression, row), HasSubstr(error)) << expression;
        }
    }
}

// Goal    what is written to break out of an expression is refused, and costs little.
TEST(SqliteExpressionsTest, RefusesHostileText) {
    const std::vector<Source> row = {{"a", "1"}};
    const std::vector<std::string> hostile = {"1); drop table x; --",
                                              "a; select 1",
                                              "(select 1)",
                                              "select 1",
                                              "a union select 1",
                                              "load_extension('x')",
                                              "randomblob(1000000000)",
                                              "zeroblob(1e9)",
                                              "readfile('/etc/passwd')",
                                              "sqlite_version()",
                                              "d_concat(a, a)",
                                              "printf('%1000000000d', 1)",
                                              "exists(select 1)",
                                              "a collate nocase",
                                              "?1",
                                              "@a",
                                              ":a",
                                              "a\x01",
                                              std::string("a\0b", 3),
                                              "`a``",
                                              "rowid",
                                              "count(*)"};
    for (const auto& expression : hostile) {
        EXPECT_THAT(value_of(expression, row), StartsWith("error: ")) << expression;
    }
    EXPECT_EQ(value_of("'1); drop table x; --'"), "1); drop table x; --");
    EXPECT_EQ(value_of("concat('1\"); --', `a\"); drop`)", {{"a\"); drop", "x"}}), "1\"); --x");
}

TEST(SqliteExpressionsTest, DeepAndLongExpressionsEnd) {
    const std::vector<Source> row = {{"a", "1"}, {"t", std::string(5'000, 'x')}};
    const auto repeated = [](const std::string& text, int times) {
        std::string result;
        for (int i = 0; i < times; ++i) result += text;
        return result;
    };
    EXPECT_THAT(value_of(repeated("(", 100'000)), HasSubstr("nested deeper"));
    EXPECT_THAT(value_of(repeated("(", 100'000) + "a" + repeated(")", 100'000), row),
                HasSubstr("nested deeper"));
    EXPECT_THAT(value_of(repeated("not ", 100'000) + "a", row), HasSubstr("nested deeper"));
    EXPECT_THAT(value_of(repeated("- ", 100'000) + "a", row), HasSubstr("nested deeper"));
    EXPECT_THAT(value_of("a" + repeated("+a", 100'000), row), HasSubstr("nested deeper"));
    EXPECT_THAT(value_of("a" + repeated(" or a", 100'000), row), HasSubstr("over 20000 parts"));
    EXPECT_EQ(value_of("a = 2" + repeated(" or a = 3", 2'000), row), "0");
    EXPECT_EQ(value_of("a in (2" + repeated(", 3", 2'000) + ", 1)", row), "1");
    EXPECT_EQ(value_of("a" + repeated("+a", 100), row), "101");
    EXPECT_THAT(value_of(repeated("abs(a+", 60) + "a" + repeated(")", 60), row),
                HasSubstr("nested deeper"));
    EXPECT_EQ(value_of(repeated("abs(a+", 12) + "a" + repeated(")", 12), row), "13");
    EXPECT_EQ(value_of(repeated("if(a=2,0,", 100) + "5" + repeated(")", 100), row), "5");
    EXPECT_THAT(value_of(repeated("nullif(", 140) + "a" + repeated(", 2)", 140), row),
                HasSubstr("too much is in it"));
    for (const auto* expression :
         {"repeat('x', 1000000000)", "lpad('x', 1000000000, 'y')", "space(9223372036854775807)",
          "repeat(repeat(repeat('x', 4000), 4000), 4000)", "repeat('x', 9000000)"}) {
        EXPECT_THAT(value_of(expression), HasSubstr("over 8388608 bytes")) << expression;
    }
    EXPECT_THAT(value_of("repeat(t, 1000000)", row), StartsWith("row error: a value"));
    EXPECT_THAT(value_of("repeat(t, 1000) like '" + repeated("%x", 1'000) + "y'", row),
                StartsWith("row error: an expression takes too many steps"));
    EXPECT_THAT(value_of("repeat(t, 800) like '%" + repeated("x", 500'000) + "y'", row),
                StartsWith("row error: an expression takes too many steps"))
        << "hours, where it is not paid while it runs";
    EXPECT_THAT(value_of("length(concat(" + repeated("repeat(t, 1000), ", 50) + "'x'))", row),
                StartsWith("row error: an expression takes too many steps"));
}

TEST(SqliteExpressionsTest, EvaluatesTenThousandExpressions) {
    ExpressionSet set{
        .columns = {{.name = "a"}}, .texts = {}, .time_zone = "UTC", .now = WallTime{}};
    for (int i = 0; i < 10'000; ++i) set.texts.push_back("a + " + std::to_string(i));
    auto compiled = SqliteExpressions().compile(set);
    ASSERT_TRUE(compiled.ok()) << compiled.error().operator_text();
    const std::vector<Cell> row = {Cell{.text = "5", .is_null = false}};
    const auto values = compiled.value()->evaluate(row);
    ASSERT_TRUE(values.ok()) << values.error().operator_text();
    EXPECT_EQ(values.value()[0].text, "5");
    EXPECT_EQ(values.value()[9'999].text, "10004");

    set.texts.emplace_back("a");
    EXPECT_FALSE(SqliteExpressions().compile(set).ok());
}

TEST(SqliteExpressionsTest, ARowDoesNotSeeTheOneBefore) {
    ExpressionSet set{.columns = {{.name = "a"}, {.name = "b"}},
                      .texts = {"concat(a, '!')", "ifnull(b, a)", "7.7", "a", "a * 2"},
                      .time_zone = "UTC",
                      .now = WallTime{}};
    auto compiled = SqliteExpressions().compile(set);
    ASSERT_TRUE(compiled.ok()) << compiled.error().operator_text();
    auto& expressions = *compiled.value();
    for (int i = 0; i < 3; ++i) {
        const auto text = std::to_string(i);
        const std::vector<Cell> row = {Cell{.text = text, .is_null = false},
                                       Cell{.text = {}, .is_null = true}};
        const auto values = expressions.evaluate(row);
        ASSERT_TRUE(values.ok());
        EXPECT_EQ(values.value()[0].text, text + "!");
        EXPECT_EQ(values.value()[1].text, text);
        EXPECT_EQ(values.value()[2].text, "7.7");
        EXPECT_EQ(values.value()[3].text, text);
        EXPECT_EQ(values.value()[4].text, std::to_string(2 * i));
    }
    // A row that fails does not spoil the next one.
    const std::string huge(9 << 20, 'x');
    const std::vector<Cell> bad = {Cell{.text = huge, .is_null = false},
                                   Cell{.text = {}, .is_null = true}};
    const auto failed = expressions.evaluate(bad);
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code(), Code::invalid);
    const std::vector<Cell> good = {Cell{.text = "4", .is_null = false},
                                    Cell{.text = "5", .is_null = false}};
    const auto values = expressions.evaluate(good);
    ASSERT_TRUE(values.ok());
    EXPECT_EQ(values.value()[1].text, "5");
}

}  // namespace
}  // namespace millrace::expressions
