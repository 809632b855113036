#pragma once
// The two forms of a log line: JSON for programs, text for people at a terminal.
//
// Text  17:30:01.042 info  file_imported table=in.c-shop.orders rows=12 cause="database is locked"
//       Times are UTC, as in JSON. A value that is not plain is quoted and escaped as in JSON: no
//       byte of a client reaches the terminal but printable ASCII.

#include <string>
#include <string_view>

#include "api/log/log.h"

namespace millrace::log {

// What is between the braces, behind time and level: "event":"ready","api":"http://..."
std::string json_members(std::string_view event, Fields fields);

// What is behind time and level: ready api=http://...
std::string text_members(std::string_view event, Fields fields);

}  // namespace millrace::log
