#include "api/stream_load/sql_tokens.h"

#include <fmt/format.h>

#include <utility>

#include "api/http/sent_headers.h"
#include "api/stream_load/answer_texts.h"
#include "core/base/shown_text.h"

namespace millrace::stream_load {
namespace {

constexpr std::size_t kShownMax = 60;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Names may have letters of any language.
bool begins_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

class Tokenizer {
public:
    explicit Tokenizer(std::string_view sql) : sql_(sql) {}

    Result<std::vector<SqlToken>> read() {
        while (true) {
            while (at_ < sql_.size() && is_blank(sql_[at_])) ++at_;
            if (at_ == sql_.size()) break;
            TRY(read_one());
        }
        tokens_.push_back(
            {.kind = SqlToken::Kind::end, .value = {}, .begin = sql_.size(), .end = sql_.size()});
        return std::move(tokens_);
    }

private:
    Result<void> read_one() {
        const auto begin = at_;
        const char c = sql_[at_];
        SqlToken token{.kind = SqlToken::Kind::sign, .value = {}, .begin = begin, .end = begin};
        if (c == '\'' || c == '"' || c == '`') {
            token.kind = c == '`' ? SqlToken::Kind::name : SqlToken::Kind::text;
            TRY_ASSIGN(token.value, read_quoted());
        } else if (begins_word(c) || is_digit(c)) {
            token.kind = is_digit(c) ? SqlToken::Kind::number : SqlToken::Kind::word;
            const bool is_number = is_digit(c);
            while (at_ < sql_.size() && (begins_word(sql_[at_]) || is_digit(sql_[at_]) ||
                                         (is_number && sql_[at_] == '.'))) {
                ++at_;
            }
            token.value = sql_.substr(begin, at_ - begin);
        } else {
            ++at_;
            token.value = c;
        }
        token.end = at_;
        tokens_.push_back(std::move(token));
        return {};
    }

    Result<std::string> read_quoted() {
        const auto begin = at_;
        const char quote = sql_[at_++];
        std::string value;
        while (at_ < sql_.size()) {
            const char c = sql_[at_++];
            const char next = at_ < sql_.size() ? sql_[at_] : '\0';
            if (c == quote && next != quote) return value;
            const bool is_pair = c == quote || (c == '\\' && quote != '`' &&
                                                (next == '\\' || next == '\'' || next == '"'));
            value.push_back(is_pair ? next : c);
            if (is_pair) ++at_;
        }
        return analysis_error(fmt::format("Syntax error in sql: a quote is not closed near '{}'",
                                          shortened(sql_.substr(begin), kShownMax)));
    }

    const std::string_view sql_;
    std::size_t at_ = 0;
    std::vector<SqlToken> tokens_;
};

}  // namespace

bool SqlToken::is_word(std::string_view keyword) const {
    return kind == Kind::word && http::equal_ignoring_case(value, keyword);
}

Result<std::vector<SqlToken>> sql_tokens(std::string_view sql) {
    return Tokenizer(sql).read();
}

}  // namespace millrace::stream_load
