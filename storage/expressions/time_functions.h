#pragma once
// The functions of days and times, as SQLite calls them; times are texts (local_time.h reads them),
// and what is none is NULL.
//
// `context` of each is the FunctionEnvironment.

#include "storage/sqlite/pure_connection.h"

namespace millrace::expressions::functions {

using sqlite::Arguments;
using sqlite::FunctionResult;

void to_date(const Arguments& in, FunctionResult& out, void* context);      // "2026-01-31"
void to_datetime(const Arguments& in, FunctionResult& out, void* context);  // always with a time
// A time, and how many digits behind the second: it is rounded to them, and has as many.
void cast_datetime(const Arguments& in, FunctionResult& out, void* context);
void year(const Arguments& in, FunctionResult& out, void* context);
void quarter(const Arguments& in, FunctionResult& out, void* context);
void month(const Arguments& in, FunctionResult& out, void* context);
void day(const Arguments& in, FunctionResult& out, void* context);
void hour(const Arguments& in, FunctionResult& out, void* context);
void minute(const Arguments& in, FunctionResult& out, void* context);
void second(const Arguments& in, FunctionResult& out, void* context);
void microsecond(const Arguments& in, FunctionResult& out, void* context);
void dayofweek(const Arguments& in, FunctionResult& out, void* context);  // Sunday is 1
void weekday(const Arguments& in, FunctionResult& out, void* context);    // Monday is 0
void dayofyear(const Arguments& in, FunctionResult& out, void* context);
void week(const Arguments& in, FunctionResult& out, void* context);
void weekofyear(const Arguments& in, FunctionResult& out, void* context);
void yearweek(const Arguments& in, FunctionResult& out, void* context);
void dayname(const Arguments& in, FunctionResult& out, void* context);
void monthname(const Arguments& in, FunctionResult& out, void* context);
void last_day(const Arguments& in, FunctionResult& out, void* context);
void to_days(const Arguments& in, FunctionResult& out, void* context);
void from_days(const Arguments& in, FunctionResult& out, void* context);
void date_format(const Arguments& in, FunctionResult& out, void* context);
void str_to_date(const Arguments& in, FunctionResult& out, void* context);
void from_unixtime(const Arguments& in, FunctionResult& out, void* context);
void unix_timestamp(const Arguments& in, FunctionResult& out, void* context);
void date_add(const Arguments& in, FunctionResult& out, void* context);   // time, count, unit
void date_diff(const Arguments& in, FunctionResult& out, void* context);  // later, earlier, unit
void datediff(const Arguments& in, FunctionResult& out, void* context);   // of days alone
void date_trunc(const Arguments& in, FunctionResult& out, void* context);
void makedate(const Arguments& in, FunctionResult& out, void* context);

}  // namespace millrace::expressions::functions
