#pragma once
// Conditions: whether an open slice or file has waited for long enough.
//
// Any one condition is enough, there is no minimum wait beside them, and without a row nothing is
// due. `age` is how long it has been open. The answer is the reason in words, for logs; nothing
// means "not yet".
//
// Thread  any; pure.

#include <optional>
#include <string>

#include "core/base/time.h"
#include "core/model/file.h"
#include "core/model/settings.h"
#include "core/model/slice.h"

namespace millrace::policy {

// Shall the slice be sealed and uploaded?
std::optional<std::string> upload_due(const OpenSlice& slice, const Settings& settings,
                                      Milliseconds age);

// Shall the file be closed and imported? Its slice count is that of its sealed slices: the open one
// is still being filled.
std::optional<std::string> import_due(const OpenFile& file, const Settings& settings,
                                      Milliseconds age);

}  // namespace millrace::policy
