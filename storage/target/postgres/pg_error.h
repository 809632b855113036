#pragma once
// What the database says, as an Error.
//
//   conflict     somebody has to change something: the table, a right, a constraint, the encoding
//   unavailable  it may work later: the database is away, full, read-only, locked or too slow
//   corrupt      a value is none of its column
//
// Values are in no text: the database quotes them, and what it quotes is cut.
//
// See  https://www.postgresql.org/docs/15/errcodes-appendix.html

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace millrace::postgres {

// An answer that is an error, by the fields of its message.
struct Report {
    std::string state;    // SQLSTATE, five characters
    std::string message;  // one line
    std::string context;  // "COPY orders, line 3, column price: ..."; may be empty
};

Code code_of(std::string_view state);

// What to do about it; empty where the message says enough.
std::string_view remedy_of(std::string_view state);

// "line 3, column price" of the context of a COPY; empty where there is none.
std::string place_of(std::string_view context);

// Whether it is about a row that is written, by a constraint, a range or a trigger: with others the
// same statement may do.
bool is_about_row(std::string_view state);

// The number in place_of(), from 1; 0 where there is none.
std::uint64_t line_of(std::string_view context);

// What the database says about a row: without a place or a remedy.
std::string words_of(const Report& report);

// One sentence: what the database says, where, and what to do.
Error error_of(const Report& report);

}  // namespace millrace::postgres
