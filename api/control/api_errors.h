#pragma once
// The errors of the REST API with their wire names and texts.
//
// See  docs/api.md; api/http/error_status.h maps names and codes to HTTP statuses.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/shown_text.h"

namespace millrace::control {

inline constexpr std::string_view kBadRequest = "stream.api.badRequest";
inline constexpr std::string_view kMissingField = "stream.api.missingField";
inline constexpr std::string_view kInvalidFieldType = "stream.api.invalidFieldType";
inline constexpr std::string_view kInvalidEnumValue = "stream.api.invalidEnumValue";
inline constexpr std::string_view kInvalidLength = "stream.api.invalidLength";
inline constexpr std::string_view kInvalidRange = "stream.api.invalidRange";

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
Error too_many_wrong_tokens();

}  // namespace millrace::control
