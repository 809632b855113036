#pragma once
// The one table from error names to HTTP, used by the control plane and the data plane.

#include <string>
#include <string_view>

#include "core/base/error.h"

namespace millrace::http {

// The status of an error: by its wire name ("stream.in.pathNotFound" is 422), else by its code.
int status_of(const Error& error);

// "invalid" -> "Invalid.": the first letter upper-case, a full stop after a letter, digit or
// quote. Of a very long text the begin.
std::string as_sentence(std::string_view text);

}  // namespace millrace::http
