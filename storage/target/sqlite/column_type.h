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

#include "core/model/data_type.h"
#include "storage/sqlite/value_place.h"

namespace millrace::target {

std::string_view declared_as(DataType type);

// Whether a column that somebody declared so keeps values of the type as above.
bool keeps(std::string_view declared, DataType type);

// Puts a cell where SQLite takes values from; nothing is NULL. `cell` must stay valid as long as
// the place says. Text that is not UTF-8 is a BLOB, unless the table is STRICT: clients fail at a
// TEXT that is none. False: the mapper let a cell through that is no value of the type.
bool put_cell(sqlite::ValuePlace& place, DataType type, const std::optional<std::string_view>& cell,
              bool is_strict);

}  // namespace millrace::target
