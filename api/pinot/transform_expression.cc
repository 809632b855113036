#include "api/pinot/transform_expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace millrace::pinot {
namespace {

using Kind = TransformExpression::Kind;

constexpr int kDepthMax = 30;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '.';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_groovy(std::string_view name) {
    return std::ranges::equal(name, std::string_view("groovy"), [](char c, char lower) {
        return (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) == lower;
    });
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<TransformExpression> parse() {
        TRY_ASSIGN(auto expression, parse_expression(0));
        skip_blanks();
        if (at_ < text_.size()) return wrong("what follows is not understood");
        return expression;
    }

private:
    Error wrong(std::string_view what) const {
        return Error(Code::invalid, fmt::format("{} at character {}", what, at_ + 1));
    }

    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' ||
                                      text_[at_] == '\n' || text_[at_] == '\r')) {
            ++at_;
        }
    }

    bool take(char c) {
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    // Doubled quotes stand for one.
    Result<std::string> quoted(char quote) {
        std::string value;
        ++at_;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c != quote) {
                value.push_back(c);
            } else if (at_ < text_.size() && text_[at_] == quote) {
                value.push_back(quote);
                ++at_;
            } else {
                return value;
            }
        }
        return wrong("a quote has no end");
    }

    std::string_view word() {
        const auto begin = at_;
        while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
        return text_.substr(begin, at_ - begin);
    }

    Result<TransformExpression> parse_number() {
        const auto begin = at_;
        if (text_[at_] == '-') ++at_;
        while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
        auto digits = std::string(text_.substr(begin, at_ - begin));
        if (!is_digit(digits.back()) || !is_digit(digits[digits.front() == '-' ? 1 : 0])) {
            return wrong("a number is not understood");
        }
        return TransformExpression{.kind = Kind::number, .value = std::move(digits)};
    }

    Result<TransformExpression> parse_call(std::string name, int depth) {
        TransformExpression call{.kind = Kind::call, .value = std::move(name)};
        if (take(')')) return call;
        while (true) {
            TRY_ASSIGN(auto argument, parse_expression(depth + 1));
            call.arguments.push_back(std::move(argument));
            if (take(')')) return call;
            if (!take(',')) return wrong("a comma or a parenthesis is missing");
        }
    }

    // From the loosest operator to the tightest, each a call of the function that it stands for.
    Result<TransformExpression> parse_expression(int depth) {
        if (depth > kDepthMax) return wrong("it is nested too deeply");
        TRY_ASSIGN(auto left, parse_conjunction(depth));
        while (take_word("or")) {
            TRY_ASSIGN(auto right, parse_conjunction(depth));
            left = call_of("or", std::move(left), std::move(right));
        }
        return left;
    }

    Result<TransformExpression> parse_conjunction(int depth) {
        TRY_ASSIGN(auto left, parse_negation(depth));
        while (take_word("and")) {
            TRY_ASSIGN(auto right, parse_negation(depth));
            left = call_of("and", std::move(left), std::move(right));
        }
        return left;
    }

    Result<TransformExpression> parse_negation(int depth) {
        if (depth > kDepthMax) return wrong("it is nested too deeply");
        if (!take_word("not")) return parse_comparison(depth);
        TRY_ASSIGN(auto operand, parse_negation(depth + 1));
        return call_of("not", std::move(operand));
    }

    Result<TransformExpression> parse_comparison(int depth) {
        TRY_ASSIGN(auto left, parse_sum(depth));
        constexpr std::pair<std::string_view, std::string_view> kOperators[] = {
            {"<=", "lessthanorequal"}, {">=", "greaterthanorequal"},
            {"<>", "notequals"},       {"!=", "notequals"},
            {"=", "equals"},           {"<", "lessthan"},
            {">", "greaterthan"}};
        for (const auto& [sign, name] : kOperators) {
            if (!take_sign(sign)) continue;
            TRY_ASSIGN(auto right, parse_sum(depth));
            return call_of(std::string(name), std::move(left), std::move(right));
        }
        if (take_word("is")) {
            const bool is_not = take_word("not");
            if (!take_word("null")) return wrong("NULL is missing");
            return call_of(is_not ? "isnotnull" : "isnull", std::move(left));
        }
        const bool is_not = take_word("not");
        TRY_ASSIGN(auto test, parse_test(std::move(left), is_not, depth));
        return is_not ? call_of("not", std::move(test)) : test;
    }

    // `left`, or what IN, BETWEEN and LIKE behind it make of it.
    Result<TransformExpression> parse_test(TransformExpression left, bool is_wanted, int depth) {
        if (take_word("in")) {
            if (!take('(')) return wrong("a parenthesis is missing");
            TRY_ASSIGN(auto call, parse_call("in", depth));
            call.arguments.insert(call.arguments.begin(), std::move(left));
            return call;
        }
        if (take_word("between")) {
            TRY_ASSIGN(auto from, parse_sum(depth));
            if (!take_word("and")) return wrong("AND is missing");
            TRY_ASSIGN(auto to, parse_sum(depth));
            auto call = call_of("between", std::move(left), std::move(from));
            call.arguments.push_back(std::move(to));
            return call;
        }
        if (take_word("like")) {
            TRY_ASSIGN(auto pattern, parse_sum(depth));
            return call_of("like", std::move(left), std::move(pattern));
        }
        if (is_wanted) return wrong("IN, BETWEEN or LIKE is missing");
        return left;
    }

    Result<TransformExpression> parse_sum(int depth) {
        TRY_ASSIGN(auto left, parse_product(depth));
        while (true) {
            const bool is_plus = take('+');
            if (!is_plus && !take('-')) return left;
            TRY_ASSIGN(auto right, parse_product(depth));
            left = call_of(is_plus ? "plus" : "minus", std::move(left), std::move(right));
        }
    }

    Result<TransformExpression> parse_product(int depth) {
        TRY_ASSIGN(auto left, parse_operand(depth));
        while (true) {
            const bool is_times = take('*');
            if (!is_times && !take('/')) return left;
            TRY_ASSIGN(auto right, parse_operand(depth));
            left = call_of(is_times ? "times" : "divide", std::move(left), std::move(right));
        }
    }

    Result<TransformExpression> parse_operand(int depth) {
        skip_blanks();
        if (at_ >= text_.size()) return wrong("something is missing");
        const char c = text_[at_];
        if (c == '(') {
            ++at_;
            TRY_ASSIGN(auto inside, parse_expression(depth + 1));
            if (!take(')')) return wrong("a parenthesis is missing");
            return inside;
        }
        if (c == '\'') {
            TRY_ASSIGN(auto value, quoted('\''));
            return TransformExpression{.kind = Kind::text, .value = std::move(value)};
        }
        if (c == '"' || c == '`') {
            TRY_ASSIGN(auto value, quoted(c));
            return TransformExpression{.kind = Kind::column, .value = std::move(value)};
        }
        if (is_digit(c) || c == '-') return parse_number();
        if (!is_letter(c)) return wrong("what follows is not understood");
        auto name = std::string(word());
        if (take('(')) {
            if (is_groovy(name)) {  // what is in it is another language
                return Error(Code::invalid,
                             fmt::format("Groovy filter (or transform) functions are disabled for "
                                         "table config. Found '{}'",
                                         text_));
            }
            return parse_call(std::move(name), depth);
        }
        if (name == "true" || name == "false") {
            return TransformExpression{.kind = Kind::truth, .value = std::move(name)};
        }
        return TransformExpression{.kind = Kind::column, .value = std::move(name)};
    }

    bool take_sign(std::string_view sign) {
        skip_blanks();
        if (!text_.substr(at_).starts_with(sign)) return false;
        at_ += sign.size();
        return true;
    }

    // A word of SQL in any case, if it is the next one.
    bool take_word(std::string_view lower_case) {
        skip_blanks();
        const auto begin = at_;
        const auto next = word();
        const bool is_it = std::ranges::equal(next, lower_case, [](char c, char lower) {
            return (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) == lower;
        });
        if (!is_it) at_ = begin;
        return is_it;
    }

    static TransformExpression call_of(std::string name, TransformExpression first) {
        TransformExpression call{.kind = Kind::call, .value = std::move(name)};
        call.arguments.push_back(std::move(first));
        return call;
    }
    static TransformExpression call_of(std::string name, TransformExpression first,
                                       TransformExpression second) {
        auto call = call_of(std::move(name), std::move(first));
        call.arguments.push_back(std::move(second));
        return call;
    }

    const std::string_view text_;
    std::size_t at_ = 0;
};

void add_columns(const TransformExpression& expression, std::vector<std::string>& columns) {
    if (expression.kind == Kind::column &&
        std::ranges::find(columns, expression.value) == columns.end()) {
        columns.push_back(expression.value);
    }
    for (const auto& argument : expression.arguments) add_columns(argument, columns);
}

}  // namespace

Result<TransformExpression> parse_transform(std::string_view text) {
    return Parser(text).parse();
}

std::vector<std::string> columns_of(const TransformExpression& expression) {
    std::vector<std::string> columns;
    add_columns(expression, columns);
    return columns;
}

}  // namespace millrace::pinot
