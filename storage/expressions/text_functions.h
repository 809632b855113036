#pragma once
// The functions of texts, as SQLite calls them. They count characters of UTF-8 where Apache Doris
// does, from 1.
//
// `context` of each is the FunctionEnvironment.

#include "storage/sqlite/pure_connection.h"

namespace millrace::expressions::functions {

using sqlite::Arguments;
using sqlite::FunctionResult;

void concat(const Arguments& in, FunctionResult& out, void* context);
void concat_ws(const Arguments& in, FunctionResult& out, void* context);  // takes NULL
void substring(const Arguments& in, FunctionResult& out, void* context);
void left(const Arguments& in, FunctionResult& out, void* context);
void right(const Arguments& in, FunctionResult& out, void* context);
void upper(const Arguments& in, FunctionResult& out, void* context);
void lower(const Arguments& in, FunctionResult& out, void* context);
void trim(const Arguments& in, FunctionResult& out, void* context);
void ltrim(const Arguments& in, FunctionResult& out, void* context);
void rtrim(const Arguments& in, FunctionResult& out, void* context);
void replace(const Arguments& in, FunctionResult& out, void* context);
void length(const Arguments& in, FunctionResult& out, void* context);
void char_length(const Arguments& in, FunctionResult& out, void* context);
void instr(const Arguments& in, FunctionResult& out, void* context);
void locate(const Arguments& in, FunctionResult& out, void* context);
void lpad(const Arguments& in, FunctionResult& out, void* context);
void rpad(const Arguments& in, FunctionResult& out, void* context);
void reverse(const Arguments& in, FunctionResult& out, void* context);
void repeat(const Arguments& in, FunctionResult& out, void* context);
void space(const Arguments& in, FunctionResult& out, void* context);
void split_part(const Arguments& in, FunctionResult& out, void* context);
void substring_index(const Arguments& in, FunctionResult& out, void* context);
void starts_with(const Arguments& in, FunctionResult& out, void* context);
void ends_with(const Arguments& in, FunctionResult& out, void* context);
void ascii(const Arguments& in, FunctionResult& out, void* context);
void md5(const Arguments& in, FunctionResult& out, void* context);
void hex(const Arguments& in, FunctionResult& out, void* context);
void unhex(const Arguments& in, FunctionResult& out, void* context);
void like(const Arguments& in, FunctionResult& out, void* context);

}  // namespace millrace::expressions::functions
