#pragma once
// The texts of answers that clients match on: "[CLASS]text".
//
// See  Apache Doris, Stream Load; docs/stream-load.md

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace millrace::stream_load {

// What is wrong with a request, in the words that its client gets: "[INVALID_ARGUMENT]text".
Error refused(std::string_view cls, std::string_view text);
Error invalid_argument(std::string_view text);
// The same as Doris' front end says it: "[ANALYSIS_ERROR]TStatus: errCode = 2, detailMessage = …".
Error analysis_error(std::string_view text);
// What is not there; the text names it.
Error not_implemented(std::string_view text);

// "TStatus: errCode = 2, detailMessage = text"
std::string detail(std::string_view text);

// The message of an answer for an error: as it is if it has a class already, else with the class
// that is its name, or with `cls`. Of a fault of the service it is a sentence that asks to try
// again.
std::string message_of(const Error& error, std::string_view cls);

inline constexpr std::string_view kInvalidArgument = "INVALID_ARGUMENT";
inline constexpr std::string_view kAnalysisError = "ANALYSIS_ERROR";
inline constexpr std::string_view kInternalError = "INTERNAL_ERROR";
inline constexpr std::string_view kDataQualityError = "DATA_QUALITY_ERROR";
inline constexpr std::string_view kCancelled = "CANCELLED";
inline constexpr std::string_view kNotAuthorized = "NOT_AUTHORIZED";
inline constexpr std::string_view kLabelAlreadyExists = "LABEL_ALREADY_EXISTS";
inline constexpr std::string_view kPublishTimeout = "PUBLISH_TIMEOUT";

}  // namespace millrace::stream_load
