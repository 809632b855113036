#pragma once
// Names of the database: "in.c-shop.orders" is the table "orders" of the schema "in.c-shop".
//
// PostgreSQL cuts a name above 63 bytes without an error, so that two could be one; here they are
// refused. Names that begin with "_millrace" are ours.

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/ports/target.h"

namespace millrace::postgres {

inline constexpr std::size_t kNameBytesMax = 63;
inline constexpr std::size_t kColumnsMax = 1'600;

// A name as SQL has it.
std::string quoted_name(std::string_view name);

// "schema"."table"
std::string qualified(std::string_view schema, std::string_view table);
std::string qualified(const TableId& table);

// The table of ours beside a table, with what was deleted of it: its name with a prefix, cut and
// with a checksum where that would be too long.
std::string tombstones_of(const TableId& table);

// Whether a table can have that name.
// Errors  invalid, for the client
Result<void> check_table_name(const TableId& table);

// Whether it can have these columns too.
// Errors  invalid, for the client
Result<void> check_names(const TableSpec& table);

}  // namespace millrace::postgres
