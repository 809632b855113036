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
#include "core/definitions/restored_details.h"

namespace millrace::control {

// Of the body that creates a source; null: it has no such part. Returns Source::details.
std::string parse_http_part(const Json* part, Problems& problems);

// Of the body of a PATCH. What it does not say stays, unless the preset becomes another one.
std::string patch_http_part(const Json& part, const std::string& details, Problems& problems);

// The details of a version, and those of today with their secrets -> those after a rollback.
// Secrets stay while the preset does: those of another sender would check nothing.
definitions::RestoredDetails roll_back_http_part(const std::string& then, const std::string& today);

// Adds what an answer says of the details: "verification", "preset" and "signature" if there are,
// and "problem" where the source lets nothing in.
void add_webhook(nlohmann::ordered_json& json, const std::string& details);

// What rows with a whole body of its sender need; 0: what is usual.
std::uint64_t webhook_row_bytes(const std::string& details);

}  // namespace millrace::control
