#pragma once
// The names of errors of imports; what error_names.h says holds of them too.
//
// See  docs/mapping.md ("Rows that the database refuses")

#include <string_view>

namespace millrace::error_names {

// Also the error of the reject that such a row becomes.
inline constexpr std::string_view kImportRowRefused = "stream.import.rowRefused";

}  // namespace millrace::error_names
