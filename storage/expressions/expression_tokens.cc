#include "storage/expressions/expression_tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/shown_text.h"

namespace millrace::expressions {
namespace {

constexpr std::size_t kShownCharacters = 40;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool begins_name(char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case 'n':
            out += '\n';
            break;
        case 't':
            out += '\t';
            break;
        case 'r':
            out += '\r';
            break;
        case 'b':
            out += '\b';
            break;
        case '0':
            out += '\0';
            break;
        case 'Z':
            out += '\x1a';
            break;
        case '%':
        case '_':
            out += '\\';
            out += c;
            break;
        default:
            out += c;
    }
}

}  // namespace

bool Token::is_word(std::string_view lower_case) const {
    return kind == Kind::name && text.size() == lower_case.size() &&
           std::equal(text.begin(), text.end(), lower_case.begin(),
                      [](char a, char b) { return lower(a) == b; });
}

std::string shown(const Token& token) {
    if (token.kind == Token::Kind::end) return "the end";
    return fmt::format("\"{}\" at {}", shortened(token.text, kShownCharacters), token.position);
}

std::string lower_case(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

Result<Token> ExpressionTokens::next() {
    while (is_blank(at(next_))) ++next_;
    if (next_ >= text_.size()) {
        return Token{.kind = Token::Kind::end, .text = {}, .position = text_.size() + 1};
    }
    const char c = at(next_);
    if (c == '\'' || c == '"' || c == '`') return quoted(c);
    if (is_digit(c) || (c == '.' && is_digit(at(next_ + 1)))) return number();
    if (!begins_name(c)) return symbol();
    const auto begin = next_;
    while (begins_name(at(next_)) || is_digit(at(next_)) || at(next_) == '$') ++next_;
    return Token{.kind = Token::Kind::name,
                 .text = std::string(text_.substr(begin, next_ - begin)),
                 .position = begin + 1};
}

Result<Token> ExpressionTokens::quoted(char quote) {
    Token token{.kind = quote == '`' ? Token::Kind::quoted_name : Token::Kind::text,
                .text = {},
                .position = next_ + 1};
    for (++next_; next_ < text_.size(); ++next_) {
        const char c = text_[next_];
        if (c == quote) {
            ++next_;
            if (at(next_) != quote) return token;
            token.text += quote;
        } else if (c == '\\' && quote != '`' && next_ + 1 < text_.size()) {
            append_escaped(token.text, text_[++next_]);
        } else {
            token.text += c;
        }
    }
    return Error(Code::invalid, fmt::format("the quote at {} is not closed", token.position));
}

// A sign is an operator of its own.
Token ExpressionTokens::number() {
    const auto begin = next_;
    const auto skip_digits = [&] {
        while (is_digit(at(next_))) ++next_;
    };
    skip_digits();
    if (at(next_) == '.') {
        ++next_;
        skip_digits();
    }
    if (lower(at(next_)) == 'e') {
        const auto sign = at(next_ + 1) == '+' || at(next_ + 1) == '-' ? 1U : 0U;
        if (is_digit(at(next_ + 1 + sign))) {
            next_ += 1 + sign;
            skip_digits();
        }
    }
    return Token{.kind = Token::Kind::number,
                 .text = std::string(text_.substr(begin, next_ - begin)),
                 .position = begin + 1};
}

Result<Token> ExpressionTokens::symbol() {
    static constexpr std::string_view kSymbols[] = {
        "<=>", "<=", ">=", "<>", "!=", "==", "||", "&&", "--", "/*", "=",  "<", ">",
        "(",   ")",  ",",  "+",  "-",  "*",  "/",  "%",  "!",  ".",  ";",  "&", "|",
        "^",   "~",  "?",  "@",  ":",  "#",  "[",  "]",  "{",  "}",  "\\", "$"};
    const auto rest = text_.substr(next_);
    for (const auto known : kSymbols) {
        if (!rest.starts_with(known)) continue;
        if (known == "--" || known == "/*" || known == "#") {
            // "1--1" is a sum; a comment has a blank or nothing behind.
            if (known == "--" && rest.size() > 2 && !is_blank(rest[2])) continue;
            return Error(Code::invalid,
                         fmt::format("a comment at {}; an expression has none", next_ + 1));
        }
        Token token{.kind = Token::Kind::symbol, .text = std::string(known), .position = next_ + 1};
        next_ += known.size();
        return token;
    }
    return Error(Code::invalid, fmt::format("the byte 0x{:02x} at {} is not SQL",
                                            static_cast<unsigned char>(rest[0]), next_ + 1));
}

}  // namespace millrace::expressions
