#pragma once
// The one table from error names to HTTP, used by the control plane and the data plane.

#include "core/base/error.h"

namespace millrace::http {

// The status of an error: by its wire name ("stream.in.pathNotFound" is 422), else by its code.
int status_of(const Error& error);

}  // namespace millrace::http
