#pragma once
// The target of a request line, in origin form ("/path?query") or absolute form, as a proxy is sent
// ("http://host/path?query").
//
// Source  RFC 9112 3.2

#include <string_view>

namespace millrace::http {

// Without scheme and authority.
std::string_view origin_form(std::string_view target);

// Of a target in origin form; not decoded. The query is without its "?", empty if there is none.
std::string_view path_of(std::string_view target);
std::string_view query_of(std::string_view target);

}  // namespace millrace::http
