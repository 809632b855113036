#pragma once
// The words of a statement: what is between quotes is one, and so is each sign.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::stream_load {

struct SqlToken {
    enum class Kind {
        word,    // begins with a letter or _: a keyword or a name
        name,    // between backticks
        text,    // between ' or "
        number,  // begins with a digit
        sign,    // any other byte
        end,     // behind the last
    };
    Kind kind = Kind::end;
    std::string value;      // without quotes
    std::size_t begin = 0;  // of its bytes in the statement
    std::size_t end = 0;

    bool is_sign(char c) const { return kind == Kind::sign && value.front() == c; }
    bool is_name() const { return kind == Kind::word || kind == Kind::name; }
    // Whether it is the keyword, which is in capitals here.
    bool is_word(std::string_view keyword) const;
};

// The last is an `end`. Within ' and " a doubled quote is one, and a backslash takes a quote or a
// backslash with it; other backslashes stay.
// Errors  invalid, for the client: a quote that is not closed
Result<std::vector<SqlToken>> sql_tokens(std::string_view sql);

}  // namespace millrace::stream_load
