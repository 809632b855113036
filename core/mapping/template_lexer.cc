#include "core/mapping/template_lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/mapping/json_text.h"
#include "core/mapping/utf8.h"

namespace millrace::mapping {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name(char c) {
    return is_name_start(c) || is_digit(c);
}

// Of these Jsonnet makes one operator, as long as it gets.
bool is_operator(char c) {
    return std::string_view("!$:~+-&|^=<>*/%").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<TemplateToken> TemplateLexer::next() {
    if (!skip_space()) return std::nullopt;
    if (at_ == text_.size()) return token(TemplateToken::Kind::end, at_);
    const char c = text_[at_];
    if (is_name_start(c)) return name();
    if (is_digit(c)) return number();
    if (c == '"' || c == '\'') return string();
    return symbol();
}

// White space and comments.
bool TemplateLexer::skip_space() {
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            ++at_;
        } else if (c == '#' || rest().starts_with("//")) {
            at_ = std::min(text_.find('\n', at_), text_.size());
        } else if (rest().starts_with("/*")) {
            const auto end = text_.find("*/", at_ + 2);
            if (end == std::string_view::npos) {
                return fail(at_, at_ + 2, "multi-line comment has no terminating */");
            }
            at_ = end + 2;
        } else {
            break;
        }
    }
    return true;
}

std::optional<TemplateToken> TemplateLexer::name() {
    const auto begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    return token(TemplateToken::Kind::name, begin);
}

std::optional<TemplateToken> TemplateLexer::number() {
    const auto begin = at_;
    const auto digits = [&] {
        const auto first = at_;
        while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
        return at_ > first;
    };
    bool well_formed = true;
    if (text_[at_] == '0') {
        ++at_;
    } else {
        digits();
    }
    if (at_ < text_.size() && text_[at_] == '.') {
        ++at_;
        well_formed = digits();
    }
    if (well_formed && at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
        ++at_;
        if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
        well_formed = digits();
    }
    if (!well_formed || (at_ < text_.size() && is_name(text_[at_]))) {
        fail(begin, std::min(at_ + 1, text_.size()), "not a number");
        return std::nullopt;
    }
    return token(TemplateToken::Kind::number, begin);
}

std::optional<TemplateToken> TemplateLexer::string() {
    const auto begin = at_;
    const char quote = text_[at_++];
    std::string meaning;
    while (at_ < text_.size() && text_[at_] != quote) {
        if (text_[at_] != '\\') {
            meaning.push_back(text_[at_++]);
        } else if (!escape(meaning)) {
            return std::nullopt;
        }
    }
    if (at_ == text_.size()) {
        fail(begin, at_, "unterminated string");
        return std::nullopt;
    }
    ++at_;
    auto result = token(TemplateToken::Kind::string, begin);
    result.text = std::move(meaning);
    return result;
}

bool TemplateLexer::escape(std::string& out) {
    constexpr std::string_view kLetters = "\"'\\/bfnrt";
    constexpr std::string_view kMeanings = "\"'\\/\b\f\n\r\t";
    const auto begin = at_;
    if (at_ + 1 == text_.size()) return fail(begin, at_ + 1, "unterminated string");
    const char letter = text_[at_ + 1];
    if (const auto known = kLetters.find(letter); known != std::string_view::npos) {
        out.push_back(kMeanings[known]);
        at_ += 2;
        return true;
    }
    if (letter != 'u') {
        return fail(begin, at_ + 2, "Unknown escape sequence in string literal");
    }
    std::size_t bytes = 6;
    const auto first = hex4(at_ + 2);
    if (!first) return fail(begin, at_ + 2, "\\u needs four hexadecimal digits");
    if (*first >= 0xd800 && *first < 0xe000) {
        const auto second = text_.substr(at_ + 6, 2) == "\\u" ? hex4(at_ + 8) : std::nullopt;
        if (*first >= 0xdc00 || !second || *second < 0xdc00 || *second >= 0xe000) {
            return fail(begin, at_ + 6, "Invalid non-BMP Unicode escape in string literal");
        }
        bytes = 12;
    }
    append_unescaped(out, text_.substr(at_, bytes));
    at_ += bytes;
    return true;
}

std::optional<unsigned> TemplateLexer::hex4(std::size_t at) const {
    if (at + 4 > text_.size()) return std::nullopt;
    const auto* const begin = text_.data() + at;
    unsigned code = 0;
    const auto [end, failure] = std::from_chars(begin, begin + 4, code, 16);
    if (failure != std::errc() || end != begin + 4) return std::nullopt;
    return code;
}

std::optional<TemplateToken> TemplateLexer::symbol() {
    const auto begin = at_;
    at_ += std::max<std::size_t>(utf8_sequence_bytes(rest()), 1);  // a character, for messages
    if (is_operator(text_[begin])) {
        while (at_ < text_.size() && is_operator(text_[at_]) && !rest().starts_with("//") &&
               !rest().starts_with("/*")) {
            ++at_;
        }
        // A sign at the end of an operator is one of its own: "+-" is two.
        while (at_ > begin + 1 && (text_[at_ - 1] == '-' || text_[at_ - 1] == '+')) --at_;
    }
    return token(TemplateToken::Kind::symbol, begin);
}

TemplateToken TemplateLexer::token(TemplateToken::Kind kind, std::size_t begin) const {
    return {.kind = kind,
            .text = std::string(text_.substr(begin, at_ - begin)),
            .begin = begin,
            .end = at_};
}

bool TemplateLexer::fail(std::size_t begin, std::size_t end, std::string text) {
    fault_begin_ = begin;
    fault_end_ = std::min(end, text_.size());
    fault_ = std::move(text);
    return false;
}

}  // namespace millrace::mapping
