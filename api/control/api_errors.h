#pragma once
// The errors of the REST API with their wire names and texts.
//
// See  docs/api.md; api/http/error_status.h maps names and codes to HTTP statuses.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/error_names.h"
#include "core/base/shown_text.h"

namespace millrace::control {

inline constexpr std::string_view kBadRequest = error_names::kApiBadRequest;
inline constexpr std::string_view kMissingField = error_names::kApiMissingField;
inline constexpr std::string_view kInvalidFieldType = error_names::kApiInvalidFieldType;
inline constexpr std::string_view kInvalidEnumValue = error_names::kApiInvalidEnumValue;
inline constexpr std::string_view kInvalidLength = error_names::kApiInvalidLength;
inline constexpr std::string_view kInvalidRange = error_names::kApiInvalidRange;

Error bad_request(std::string text);
Error endpoint_not_found(std::string_view path);
Error method_not_allowed(std::string_view method, std::string_view path);
Error body_too_large(std::uint64_t limit_bytes);

Error task_not_found(std::string_view task_id);
Error token_not_found(std::string_view token_id);
Error token_limit_reached(std::uint64_t limit);
Error forbidden(std::string text);
// `remedy` follows "already, ".
Error too_many_waiting(std::string_view remedy);

}  // namespace millrace::control
