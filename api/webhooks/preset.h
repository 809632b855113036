#pragma once
// Preset: what is known of one sender of webhooks: where its signature is and what it is of, where
// the id of an event is, how an endpoint is registered. A new sender is a row of the table.
//
// See  docs/webhooks.md, which names the sender's own document for each row

#include <cstdint>
#include <span>
#include <string_view>

#include "api/webhooks/signature.h"
#include "core/base/time.h"

namespace millrace::webhooks {

// How a sender asks whether the owner of the URL wants its events.
enum class Challenge {
    none,
    hub,               // GET ?hub.mode=subscribe&hub.verify_token=...&hub.challenge=...
    url_verification,  // a signed POST {"type": "url_verification", "challenge": ...}
};

struct Preset {
    std::string_view name;
    SignatureRule signature;
    std::string_view key_header = {};  // has the idempotency key; empty: none
    std::string_view key_path = {};    // where the body has it; empty: nowhere
    Milliseconds key_window = {};      // covers how long it sends again; 0: as the setting says
    std::string_view form_field = {};  // of a form: its field that has the event as JSON
    std::uint64_t body_bytes = 0;      // that its largest event needs; 0: what is usual
    Challenge challenge = Challenge::none;
    bool is_generic = false;  // the signature is what the source says
};

std::span<const Preset> presets();

// Null if there is none of that name.
const Preset* find_preset(std::string_view name);

}  // namespace millrace::webhooks
