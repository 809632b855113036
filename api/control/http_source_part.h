#pragma once
// The part "http" of a source of that type in requests and answers: preset and signature.
//
// A secret that was sent is never shown again; only how many there are.
//
// See  docs/webhooks.md; api/webhooks/webhook_details.h, what is kept of it

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "api/control/json_body.h"

namespace millrace::control {

// Of the body that creates a source; null: it has no such part. Returns Source::details.
std::string parse_http_part(const Json* part, Problems& problems);

// Of the body of a PATCH. What it does not say stays, unless the preset becomes another one.
std::string patch_http_part(const Json& part, const std::string& details, Problems& problems);

// Adds what an answer says of the details: "verification", and "preset" and "signature" if there
// are.
void add_webhook(nlohmann::ordered_json& json, const std::string& details);

// What rows with a whole body of its sender need; 0: what is usual.
std::uint64_t webhook_row_bytes(const std::string& details);

}  // namespace millrace::control
