#pragma once
// What coding of an answer a client takes, and answers in it.
//
// See  RFC 9110 12.5.3; RFC 1952

#include <string>
#include <string_view>

namespace millrace::http {

// Whether `Accept-Encoding` names gzip, or all, with a weight that is not 0.
bool accepts_gzip(std::string_view accept_encoding);

// Made fast rather than small: somebody waits for it.
std::string gzipped(std::string_view plain);

}  // namespace millrace::http
