#pragma once
// Http2Fields: the header fields of an answer as nghttp2 takes them, from the lines of HTTP/1.1.
// Names become lower case; fields of a connection, which HTTP/2 forbids, are left out.
//
// Lifetime  made() is valid until the next change.
// See       RFC 9113 8.2.2.

#include <nghttp2/nghttp2.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

class Http2Fields {
public:
    void clear();
    void add(std::string_view name, std::string_view value);
    void add_status(int status);
    void add_lines(std::string_view lines);  // "Name: value\r\n", each

    std::span<const nghttp2_nv> made();

private:
    struct Field {
        std::size_t name_bytes;
        std::size_t value_bytes;
    };
    std::string text_;  // names and values, one behind the other
    std::vector<Field> fields_;
    std::vector<nghttp2_nv> made_;
};

}  // namespace millrace::http
