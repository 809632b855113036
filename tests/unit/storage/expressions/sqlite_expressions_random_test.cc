// Goal    whatever an expression is, it has a value, or an error that is the client's: the SQL that
//         is made of it is always SQL, and no value breaks a function.
// Method  expressions of random trees, and of random words, over rows of awkward values.

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "storage/expressions/function_table.h"
#include "storage/expressions/special_calls.h"
#include "storage/expressions/sqlite_expressions.h"

namespace millrace::expressions {
namespace {

constexpr int kExpressions = 1'500;

class Writer {
public:
    explicit Writer(unsigned seed) : random_(seed), names_(function_names()) {
        const auto special = special_function_names();
        names_.insert(names_.end(), special.begin(), special.end());
    }

    std::string tree(int depth) {
        if (depth == 0) return leaf();
        const auto sub = [&] { return tree(depth - 1 - below(depth)); };
        switch (below(12)) {
            case 0:
            case 1:
            case 2:
            case 3:
                return call(depth);
            case 4:
                return "(" + sub() + ") " + of(kOperators) + " " + sub();
            case 5:
                return sub() + " " + of(kOperators) + " " + sub();
            case 6:
                return "case when " + sub() + " then " + sub() + " else " + sub() + " end";
            case 7:
                return "case " + sub() + " when " + sub() + " then " + sub() + " end";
            case 8:
                return "cast(" + sub() + " as " + of(kTypes) + ")";
            case 9:
                return "(" + sub() + (below(2) == 0 ? ") in (" : ") not in (") + sub() + ", " +
                       sub() + ", " + leaf() + ")";
            case 10:
                return "(" + sub() + ") between " + leaf() + " and " + leaf();
            default:
                return "(" + sub() + ") " + of(kTests);
        }
    }

    std::string words() {
        std::string text;
        for (int i = below(12); i >= 0; --i) text += of(kWords) + " ";
        return text;
    }

    std::string cell() { return of(kCells); }
    int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }

private:
    using Texts = std::vector<std::string>;

    std::string of(const Texts& texts) {
        return texts[static_cast<std::size_t>(below(static_cast<int>(texts.size())))];
    }

    std::string leaf() { return of(kLeaves); }

    std::string call(int depth) {
        const auto name = names_[static_cast<std::size_t>(below(static_cast<int>(names_.size())))];
        const auto* rule = find_function(name);
        const int least = rule == nullptr ? 1 : static_cast<int>(rule->count_min());
        const int most = rule == nullptr ? 3 : static_cast<int>(rule->count_max());
        std::string text = std::string(name) + "(";
        const int count = least + below(std::min(most - least, 2) + 1);
        for (int i = 0; i < count; ++i) {
            if (i > 0) text += ", ";
            text += i == 1 && name.starts_with("date_") && below(2) == 0
                        ? "interval " + leaf() + " month"
                        : tree(depth - 1 - below(depth));
        }
        return text + ")";
    }

    const Texts kOperators = {"+",  "-", "*",  "/",  "%",   "div", "=",   "<=>",
                              "!=", "<", ">=", "or", "and", "&&",  "like"};
    const Texts kTypes = {"int",     "bigint", "largeint", "decimal(10, 2)",
                          "decimal", "double", "boolean",  "varchar(3)",
                          "string",  "date",   "datetime", "datetime(3)"};
    const Texts kTests = {"is null",      "is not null", "is true",
                          "is not false", "like '%a_'",  "not like 'x'"};
    const Texts kLeaves = {"s",
                           "i",
                           "m",
                           "f",
                           "y",
                           "d",
                           "t",
                           "j",
                           "null",
                           "true",
                           "0",
                           "1",
                           "-1",
                           "9223372036854775807",
                           "-9223372036854775808",
                           "1.5",
                           "-0.001",
                           "99999999999999999999999999999999999999",
                           "1e308",
                           "''",
                           "'a'",
                           "'12'",
                           "'2024-02-29'",
                           "'2024-02-29 23:59:59.9'",
                           "'%Y-%m-%d'",
                           "'$.a'",
                           "'ü'",
                           "'month'",
                           "'%'",
                           "day"};
    const Texts kWords = {"a",        "s",       "i",    "(",  ")",    ",",       "+",    "-",
                          "*",        "'x'",     "1",    ".5", "1e5",  "and",     "or",   "not",
                          "in",       "between", "like", "is", "null", "case",    "when", "then",
                          "else",     "end",     "cast", "as", "int",  "concat(", "if(",  "now()",
                          "interval", "day",     "`",    "\"", "||",   ";",       "--",   "\\",
                          "%",        "div",     "<=>"};
    const Texts kCells = {"",
                          "0",
                          "-1",
                          "3.99",
                          "abc",
                          "9223372036854775807",
                          "-9223372036854775808",
                          "1e400",
                          "inf",
                          "nan",
                          "true",
                          "2024-02-29",
                          "0000-01-01",
                          "9999-12-31 23:59:59",
                          "2024-02-29T10:00:00+08:00",
                          "{\"a\": [1, {\"b\": null}]}",
                          "\xff\xfe",
                          "ü\xc3",
                          std::string("a\0b", 3),
                          " 12 ",
                          "99999999999999999999.99"};

    std::mt19937 random_;
    std::vector<std::string_view> names_;
};

TEST(SqliteExpressionsRandomTest, EveryExpressionHasAValueOrAnErrorOfTheClient) {
    int values_seen = 0;
    for (unsigned seed = 0; seed < kExpressions; ++seed) {
        Writer writer(seed);
        const auto text = seed % 4 == 0 ? writer.words() : writer.tree(1 + writer.below(5));
        SCOPED_TRACE(testing::Message() << "seed=" << seed << " " << text);
        const ExpressionSet set{.columns = {{.name = "s"},
                                            {.name = "i", .data_type = DataType::integer},
                                            {.name = "m", .data_type = DataType::decimal},
                                            {.name = "f", .data_type = DataType::float64},
                                            {.name = "y", .data_type = DataType::boolean},
                                            {.name = "d", .data_type = DataType::date},
                                            {.name = "t", .data_type = DataType::timestamp},
                                            {.name = "j", .data_type = DataType::json}},
                                .texts = {text},
                                .time_zone = "+08:00",
                                .now = WallTime{1'769'851'800'000}};
        auto compiled = SqliteExpressions().compile(set);
        if (!compiled.ok()) {
            ASSERT_EQ(compiled.error().code(), Code::invalid) << compiled.error().operator_text();
            continue;
        }
        for (int row = 0; row < 4; ++row) {
            std::array<std::string, 8> texts;
            std::array<Cell, 8> cells;
            for (std::size_t i = 0; i < cells.size(); ++i) {
                texts[i] = writer.cell();
                const bool is_null = writer.below(5) == 0;
                cells[i] = is_null ? Cell{.text = {}, .is_null = true}
                                   : Cell{.text = texts[i], .is_null = false};
            }
            const auto values = compiled.value()->evaluate(cells);
            if (!values.ok()) {
                ASSERT_EQ(values.error().code(), Code::invalid) << values.error().operator_text();
                continue;
            }
            ++values_seen;
        }
    }
    EXPECT_GT(values_seen, 1'000);
}

}  // namespace
}  // namespace millrace::expressions
