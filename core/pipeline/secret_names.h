#pragma once
// Which headers and parameters have secrets as their values, as far as their names tell.

#include <string>
#include <string_view>

namespace millrace::pipeline {

inline constexpr std::string_view kMasked = "***";  // what is shown instead of a secret

// "X-Api-Token", "sessionId", "pwd".
bool is_secret_name(std::string_view name);
// The same, and what carries credentials or the URL of the request: Authorization, X-Original-Uri.
bool is_secret_header(std::string_view name);

// A query with the values of its secret parameters masked.
std::string with_masked_parameters(std::string_view query);
// The same of what may be a URL, behind its question mark.
std::string with_masked_url(std::string_view text);

}  // namespace millrace::pipeline
