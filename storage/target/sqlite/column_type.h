#pragma once
// How SQLite keeps the data types: what a column is declared as, and what a value is stored as.
//
//   STRING     TEXT          the text; a BLOB, if it is not UTF-8 and the table is not STRICT
//   INTEGER    INTEGER       a 64-bit integer
//   DECIMAL    DECIMAL_TEXT  the text: a number of SQLite would lose digits
//   DOUBLE     DOUBLE        a double
//   BOOLEAN    BOOLEAN       1 or 0
//   DATE       DATE          the text
//   TIMESTAMP  TIMESTAMP     text, in UTC with 6 digits behind the second: sorts as time goes
//   JSON       JSON_TEXT     the text
//
// See  https://sqlite.org/datatype3.html 3.1: the declared name decides what SQLite makes of a
// value

#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/model/data_type.h"
#include "storage/sqlite/statement.h"

namespace millrace::target {

std::string_view declared_as(DataType type);

// Whether a column that somebody declared so keeps values of the type as above.
bool keeps(std::string_view declared, DataType type);

// Binds a cell, nothing being NULL; `cell` must stay valid until the statement has run.
// Errors  corrupt: the mapper let a cell through that is no value of the type
Result<void> bind_cell(sqlite::Statement& statement, int position, DataType type,
                       std::optional<std::string_view> cell);

}  // namespace millrace::target
