#include "api/webhooks/preset.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace millrace::webhooks {
namespace {

using std::chrono::days;
using std::chrono::hours;

// As Standard Webhooks says; Svix and its customers have headers of their own names.
SignatureRule standard_signature(std::vector<HeaderNames> headers) {
    return {.headers = std::move(headers),
            .form = HeaderForm::tokens,
            .encoding = Encoding::base64,
            .prefix = "v1,",
            .signed_text = "{id}.{timestamp}.{body}",
            .is_in_seconds = true,  // "integer unix timestamp (seconds since epoch)"
            .has_base64_secrets = true,
            .ed25519 = Ed25519Names{
                .prefix = "v1a,", .key_prefix = "whpk_", .private_key_prefix = "whsk_"}};
}

const HeaderNames kStandardHeaders{
    .signature = "webhook-signature", .timestamp = "webhook-timestamp", .id = "webhook-id"};
const HeaderNames kSvixHeaders{
    .signature = "svix-signature", .timestamp = "svix-timestamp", .id = "svix-id"};

const std::vector<Preset>& table() {
    static const std::vector<Preset> rows = {
        {.name = "generic-hmac", .signature = {}, .is_generic = true},
        // Sends nothing again by itself; a person may, for three days.
        {.name = "github",
         .signature = {.headers = {{.signature = "X-Hub-Signature-256"}}, .prefix = "sha256="},
         .key_header = "X-GitHub-Delivery",
         .key_window = days(3),
         .form_field = "payload",
         .body_bytes = 25 << 20},
        {.name = "meta",
         .signature = {.headers = {{.signature = "X-Hub-Signature-256"}}, .prefix = "sha256="},
         .challenge = Challenge::hub},
        {.name = "shopify",
         .signature = {.headers = {{.signature = "X-Shopify-Hmac-Sha256"}},
                       .encoding = Encoding::base64},
         .key_header = "X-Shopify-Webhook-Id",
         .key_window = days(2)},
        {.name = "slack",
         .signature = {.headers = {{.signature = "X-Slack-Signature",
                                    .timestamp = "X-Slack-Request-Timestamp"}},
                       .prefix = "v0=",
                       .signed_text = "v0:{timestamp}:{body}"},
         .key_path = "event_id",
         .form_field = "payload",
         .challenge = Challenge::url_verification},
        {.name = "standard-webhooks",
         .signature = standard_signature({kStandardHeaders, kSvixHeaders}),
         .key_header = "webhook-id",
         .key_window = days(3)},
        {.name = "stripe",
         .signature = {.headers = {{.signature = "Stripe-Signature"}},
                       .form = HeaderForm::pairs,
                       .prefix = "v1=",
                       .signed_text = "{timestamp}.{body}"},
         .key_path = "id",
         .key_window = days(3) + hours(1)},
        {.name = "svix",
         .signature = standard_signature({kSvixHeaders, kStandardHeaders}),
         .key_header = "svix-id",
         .key_window = days(3)},
        {.name = "twilio",
         .signature = {.headers = {{.signature = "X-Twilio-Signature"}},
                       .algorithm = Algorithm::sha1,
                       .encoding = Encoding::base64,
                       .signed_text = "{url}{form}"},
         .key_header = "I-Twilio-Idempotency-Token"},
    };
    return rows;
}

}  // namespace

std::span<const Preset> presets() {
    return table();
}

const Preset* find_preset(std::string_view name) {
    const auto found = std::ranges::find(table(), name, &Preset::name);
    return found == table().end() ? nullptr : &*found;
}

}  // namespace millrace::webhooks
