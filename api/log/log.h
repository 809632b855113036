#pragma once
// Structured logs on standard error: one JSON object a line, with fixed keys; or text, where people
// read them (line_format.h).
//
// {"time":"2026-01-02T03:04:05.678Z","level":"info","event":"file_imported","file":"…","rows":12}
//
// Bodies, tokens and column values are never logged.
//
// Nothing waits for the reader of the log: while a pipe is full, lines are dropped, and the first
// line after that is log_lines_dropped with their number.
//
// Thread  any.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace millrace::log {

using Value = std::variant<std::string, std::int64_t, std::uint64_t, double, bool>;
using Fields = std::initializer_list<std::pair<std::string_view, Value>>;

// "json" or "text"; "auto" is text at a terminal. Before it, lines are JSON.
void set_format(std::string_view format);

// trace, debug, info, warn or error.
void set_level(const std::string& level);

void debug(std::string_view event, Fields fields);  // per batch
void info(std::string_view event, Fields fields);   // state changes
void warn(std::string_view event, Fields fields);   // degraded and healing
void error(std::string_view event, Fields fields);  // someone must act

// What a person reads who started the program at a terminal; not a line of the log.
void plain(std::string_view text);

// Since the start of the process.
std::uint64_t dropped_lines();

}  // namespace millrace::log
