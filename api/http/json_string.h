#pragma once
// JSON text written straight into a buffer, where building a document would be too dear.

#include <string>
#include <string_view>

namespace millrace::http {

// Appends `text` as a JSON string with its quotes. Like Go, writes <, > and & as \u003c, \u003e and
// \u0026, and a byte that is not UTF-8 as \ufffd.
void append_json_string(std::string& out, std::string_view text);

// {"statusCode":…,"error":…,"message":…}, pretty with 2 spaces: what both planes answer to a
// mistake.
std::string error_body(int status, std::string_view name, std::string_view message);

}  // namespace millrace::http
