#pragma once
// The functions that turn a value into a form, for SQL that is written in several places.

#include "storage/expressions/function_table.h"
#include "storage/expressions/number_functions.h"
#include "storage/expressions/time_functions.h"

namespace millrace::expressions {

inline constexpr SqlFunction kToText{"d_text", functions::to_text};
inline constexpr SqlFunction kToNumber{"d_number", functions::to_number};
inline constexpr SqlFunction kToDecimal{"d_decimal", functions::to_decimal};
inline constexpr SqlFunction kToBoolean{"d_boolean", functions::to_boolean};
inline constexpr SqlFunction kToDate{"d_date", functions::to_date};
inline constexpr SqlFunction kToDatetime{"d_datetime", functions::to_datetime};
inline constexpr SqlFunction kCompare{"d_decimal_compare", functions::decimal_compare};

}  // namespace millrace::expressions
