#pragma once
// Orders of texts that mean numbers or times: collations that a connection has, for queries.
//
// Each is a total order: what means nothing is behind what means something, byte by byte.

#include <string_view>

#include "core/base/result.h"
#include "storage/sqlite/database.h"

namespace millrace::sqlite {

// Decimals of any length, exactly: "9" < "10.0" = "1e1".
inline constexpr std::string_view kDecimalOrder = "millrace_decimal";
// Instants in UTC unless they say otherwise: "2026-01-31", "2026-01-31 09:30:00.5",
// "2026-01-31T09:30:00+02:00", and whole numbers: milliseconds since 1970.
inline constexpr std::string_view kTimeOrder = "millrace_time";

int compare_decimals(std::string_view a, std::string_view b);  // negative, 0, positive
int compare_times(std::string_view a, std::string_view b);

// Makes both known to the connection.
Result<void> add_value_orders(Database& database);

}  // namespace millrace::sqlite
