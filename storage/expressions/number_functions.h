#pragma once
// The functions of numbers, conversions and operators that SQLite does not have as Apache Doris
// does. A decimal is a text that ExactDecimal can read; other numbers are SQLite's integers and
// reals.
//
// `context` of each is the FunctionEnvironment.

#include "storage/sqlite/pure_connection.h"

namespace millrace::expressions::functions {

using sqlite::Arguments;
using sqlite::FunctionResult;

// Conversions of whatever a value is.
void to_number(const Arguments& in, FunctionResult& out, void* context);
void to_text(const Arguments& in, FunctionResult& out, void* context);
void to_boolean(const Arguments& in, FunctionResult& out, void* context);
void to_decimal(const Arguments& in, FunctionResult& out, void* context);
void cast_integer(const Arguments& in, FunctionResult& out, void* context);  // value, min, max
void cast_decimal(const Arguments& in, FunctionResult& out, void* context);  // value, digits, scale
void cast_text(const Arguments& in, FunctionResult& out, void* context);     // value, bytes

// Of decimals.
void decimal_add(const Arguments& in, FunctionResult& out, void* context);
void decimal_subtract(const Arguments& in, FunctionResult& out, void* context);
void decimal_multiply(const Arguments& in, FunctionResult& out, void* context);
void decimal_divide(const Arguments& in, FunctionResult& out, void* context);
void decimal_remainder(const Arguments& in, FunctionResult& out, void* context);
void decimal_compare(const Arguments& in, FunctionResult& out, void* context);  // -1, 0, 1
void decimal_same(const Arguments& in, FunctionResult& out, void* context);     // takes NULL

// Of any numbers.
void whole_divide(const Arguments& in, FunctionResult& out, void* context);
void remainder(const Arguments& in, FunctionResult& out, void* context);
void positive_remainder(const Arguments& in, FunctionResult& out, void* context);
void abs(const Arguments& in, FunctionResult& out, void* context);
void ceil(const Arguments& in, FunctionResult& out, void* context);
void floor(const Arguments& in, FunctionResult& out, void* context);
void round(const Arguments& in, FunctionResult& out, void* context);
void truncate(const Arguments& in, FunctionResult& out, void* context);
void sign(const Arguments& in, FunctionResult& out, void* context);
void pow(const Arguments& in, FunctionResult& out, void* context);
void sqrt(const Arguments& in, FunctionResult& out, void* context);
void exp(const Arguments& in, FunctionResult& out, void* context);
void ln(const Arguments& in, FunctionResult& out, void* context);
void log(const Arguments& in, FunctionResult& out, void* context);
void log2(const Arguments& in, FunctionResult& out, void* context);
void log10(const Arguments& in, FunctionResult& out, void* context);
// Of numbers, decimals among them, or of texts.
void greatest(const Arguments& in, FunctionResult& out, void* context);
void least(const Arguments& in, FunctionResult& out, void* context);
void greatest_text(const Arguments& in, FunctionResult& out, void* context);
void least_text(const Arguments& in, FunctionResult& out, void* context);

}  // namespace millrace::expressions::functions
