#pragma once
// SourceRules: what an HTTP source asks of a request beside its secret, and reads of it before the
// pipeline does: signature, challenge, key, and the field of a form that is the event.
//
// A source that asks nothing has none: its requests cost nothing here.
//
// Lifetime  compiled once for each route and loop.
// Thread    the loop's.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/webhooks/body_key.h"
#include "api/webhooks/signature.h"
#include "api/webhooks/webhook_details.h"
#include "core/model/idempotency_settings.h"
#include "core/model/settings.h"

namespace millrace::webhooks {

// How the pipeline sees the body, once it is known to be the sender's.
struct WebhookEvent {
    std::string_view body;
    std::string_view content_type;
    std::string_view key;  // empty: the header says it, if any
};

class SourceRules {
public:
    // Null if the source asks nothing. Details that cannot be read let nothing in.
    static std::unique_ptr<SourceRules> compile(const std::string& details,
                                                const IdempotencySettings& idempotency,
                                                const std::string& public_url);

    std::optional<BadSignature> check(const SignedRequest& request, WallTime now);

    // The answers to a registration; nothing if the request is none.
    std::optional<std::string> answer_get(std::string_view target, std::string_view secret) const;
    std::optional<std::string> answer_post(std::string_view body) const;

    // Views of the request, or of buffers that are valid until the next call.
    WebhookEvent event_of(std::string_view body, std::string_view content_type);

    const IdempotencySettings& idempotency() const { return idempotency_; }

private:
    WebhookDetails details_;
    std::optional<SignatureCheck> signature_;  // empty: nothing comes in
    std::optional<BodyKey> key_;
    IdempotencySettings idempotency_;
    std::string decoded_;  // the field of a form
};

}  // namespace millrace::webhooks
