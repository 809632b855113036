#pragma once
// Pieces of JSON text: writing a string, reading a string, removing white space.

#include <string>
#include <string_view>

namespace millrace::mapping {

enum class JsonEscapes {
    needed,  // what RFC 8259 requires
    html,    // also < > & and U+2028, U+2029, as Go prints JSON: values of forms
};

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text,
                        JsonEscapes escapes = JsonEscapes::needed);

// Appends what a valid JSON string means. `inside` is the text between its quotes. A surrogate
// without its partner becomes U+FFFD.
void append_unescaped(std::string& out, std::string_view inside);

// Appends `bytes`, with U+FFFD in place of those that are not UTF-8.
void append_utf8(std::string& out, std::string_view bytes);

// Appends valid JSON without the white space outside strings.
void append_compact(std::string& out, std::string_view json);

}  // namespace millrace::mapping
