#pragma once
// What of an error its client may read, and how messages are written for people.
//
// Thread  any.

#include <string>
#include <string_view>

#include "core/base/error.h"

namespace millrace {

// Whether a client may read the error's text; else it is for the operator only.
bool is_for_client(const Error& error);

// Whether nothing is wrong with what the client has sent: it may send it again as it is.
bool is_fault_of_service(const Error& error);

// "invalid" -> "Invalid.": the first letter upper-case, a full stop after a letter, digit or
// quote. Of a very long text the begin.
std::string as_sentence(std::string_view text);

}  // namespace millrace
