#pragma once
// ExpressionTokens: the words of one SQL expression, one after the other.
//
// Strings are in ' or ", with \n \t \r \0 \b \Z and a backslash before anything else for itself (\%
// and \_ keep it, for LIKE), a doubled quote is one; names may be in backticks. Comments are
// refused.
//
// Lifetime  `text` outlives it.
// Thread    one.

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace millrace::expressions {

struct Token {
    enum class Kind { end, name, quoted_name, number, text, symbol };

    Kind kind = Kind::end;
    std::string text;          // of a name or string without its quotes
    std::size_t position = 1;  // in bytes, from 1

    bool is_symbol(std::string_view symbol) const { return kind == Kind::symbol && text == symbol; }
    // A name without quotes, without regard to case.
    bool is_word(std::string_view lower_case) const;
};

// What messages say of a token: `")" at 7`, `the end`.
std::string shown(const Token& token);

class ExpressionTokens {
public:
    explicit ExpressionTokens(std::string_view text) : text_(text) {}

    // The next token; `end` for ever after the last.
    // Errors  invalid: a quote that is not closed, a character that begins nothing
    Result<Token> next();

private:
    Result<Token> quoted(char quote);
    Token number();
    Result<Token> symbol();
    char at(std::size_t position) const { return position < text_.size() ? text_[position] : '\0'; }

    std::string_view text_;
    std::size_t next_ = 0;
};

std::string lower_case(std::string_view text);  // of ASCII

}  // namespace millrace::expressions
