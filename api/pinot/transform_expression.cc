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

    Result<TransformExpression> parse_expression(int depth) {
        if (depth > kDepthMax) return wrong("it is nested too deeply");
        skip_blanks();
        if (at_ >= text_.size()) return wrong("something is missing");
        const char c = text_[at_];
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
        if (take('(')) return parse_call(std::move(name), depth);
        if (name == "true" || name == "false") {
            return TransformExpression{.kind = Kind::truth, .value = std::move(name)};
        }
        return TransformExpression{.kind = Kind::column, .value = std::move(name)};
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
