#pragma once
// The settings that only sources of type "http" have: what they take of one request beside the
// limits of the node, from whom, and how they answer.
//
// See  docs/settings.md, docs/webhooks.md

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/settings.h"

namespace millrace {

inline constexpr std::string_view kHttpBodySize = "source.http.limit.bodySize";
inline constexpr std::string_view kHttpDecodedSize = "source.http.limit.decodedSize";
inline constexpr std::string_view kHttpKeyPath = "source.http.idempotency.path";
inline constexpr std::string_view kHttpRowSize = "source.http.limit.rowSize";

struct HttpSettings {
    std::string allow;                // networks, as parse_networks() takes them; empty: any
    std::string answer_body;          // of a success; empty: "OK", or a report that was asked for
    std::string answer_type;          // of answer_body
    bool is_one_sink_enough = false;  // a record is accepted if some sink has taken it
    std::string key_path;             // of the idempotency key in the body; empty: none there
    std::string methods = "POST";     // that bring events, as http_methods_in() takes them
    bool needs_client_certificate = false;  // of the TLS connection
    std::uint64_t body_bytes = 0;           // 0 is what the node allows, as of the next two
    std::uint64_t decoded_bytes = 0;
    std::uint64_t row_bytes = 0;

    bool operator==(const HttpSettings&) const = default;
};

// Ordered by key.
std::span<const SettingSpec> http_setting_specs();

// Of kind_overrides().
HttpSettings resolve_http_settings(const SettingOverrides& of_kind);

// The methods of a list like "POST, PUT", each once; none where one is not known.
std::vector<std::string> http_methods_in(std::string_view list);

// What parse_setting() does not know of a text: networks, methods, a path, a media type.
// Errors  invalid, with the text of a wrong setting
Result<void> check_http_setting(std::string_view key, const SettingValue& value);

}  // namespace millrace
