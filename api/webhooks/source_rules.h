#pragma once
// SourceRules: what an HTTP source asks of a request beside its secret, and reads of it before the
// pipeline does: address, sizes, signature, challenge, key, and the field of a form that is the
// event.
//
// A source that asks nothing has none: its requests cost nothing here.
//
// Lifetime  compiled once for each route and loop.
// Thread    the loop's.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/webhooks/body_key.h"
#include "api/webhooks/signature.h"
#include "api/webhooks/webhook_details.h"
#include "core/base/network.h"
#include "core/model/http_settings.h"
#include "core/model/idempotency_settings.h"
#include "core/model/settings.h"

namespace millrace::webhooks {

// How the pipeline sees the body, once it is known to be the sender's.
struct WebhookEvent {
    std::string_view body;
    std::string_view content_type;
    std::string_view key;  // empty: the header says it, if any
};

// What holds for the keys of a source: what it sets wins over its preset, which wins over the
// defaults.
IdempotencySettings keys_of(const std::string& details, const IdempotencySettings& set);

class SourceRules {
public:
    // What cannot be read lets nothing in. `of_kind`: see kind_overrides().
    static std::unique_ptr<SourceRules> compile(const std::string& details,
                                                const SettingOverrides& of_kind,
                                                const IdempotencySettings& idempotency,
                                                const std::string& public_url);

    // Whether a client with that address may send.
    bool allows(std::string_view client_ip) const;

    // Whether events come by that method, and by which they do: "POST, PUT".
    bool takes(std::string_view method) const;
    const std::string& methods() const { return methods_text_; }

    // Whether the client must have shown a certificate.
    bool needs_client_certificate() const { return settings_.needs_client_certificate; }

    // What the body may be, of the limit of the node.
    std::uint64_t body_bytes_max(std::uint64_t of_node) const;
    std::uint64_t decoded_bytes_max(std::uint64_t of_node) const;

    // Nothing too if the source asks for no signature.
    std::optional<BadSignature> check(const SignedRequest& request, WallTime now);

    // The answers to a registration; nothing if the request is none.
    std::optional<std::string> answer_get(std::string_view target, std::string_view secret) const;
    std::optional<std::string> answer_post(std::string_view body) const;

    // Views of the request, or of buffers that are valid until the next call.
    WebhookEvent event_of(std::string_view body, std::string_view content_type);

    const IdempotencySettings& idempotency() const { return idempotency_; }

private:
    bool is_open_ = false;  // no signature is asked for
    WebhookDetails details_;
    HttpSettings settings_;
    std::optional<std::vector<Network>> networks_;  // empty: any
    std::vector<std::string> methods_ = {"POST"};
    std::string methods_text_ = "POST";
    std::optional<SignatureCheck> signature_;  // empty: nothing comes in
    std::optional<BodyKey> key_;
    IdempotencySettings idempotency_;
    std::string decoded_;  // the field of a form
};

}  // namespace millrace::webhooks
