#pragma once
// Which records a body is.

#include <optional>
#include <string_view>

#include "core/model/settings.h"

namespace millrace::pipeline {

// What the request wishes counts before its type, and that before the setting of its source.
RecordForm record_form(std::optional<RecordForm> wished, std::string_view content_type,
                       const SourceSettings& settings);

}  // namespace millrace::pipeline
