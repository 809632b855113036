#pragma once
// Single values of application/x-www-form-urlencoded text, which the query of a URL is as well.
//
// Paths into forms are core/mapping/form.h; this is for those few who need one value, or all of
// them in the order in which they were sent.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::webhooks {

// Nothing for a broken escape.
std::optional<std::string> decode_form_text(std::string_view encoded);

// The value of the first `name`; nothing if there is none, or it has a broken escape.
std::optional<std::string> form_value(std::string_view form, std::string_view name);

// All of them; nothing if one has a broken escape, or there are more than `pairs_max`.
std::optional<std::vector<std::pair<std::string, std::string>>> form_pairs(std::string_view form,
                                                                           std::size_t pairs_max);

// What is behind the "?" of a request target.
std::string_view query_of(std::string_view target);

// Whether a Content-Type is that of a form.
bool is_form(std::string_view content_type);

}  // namespace millrace::webhooks
