#include "api/webhooks/source_rules.h"

#include <utility>
#include <vector>

#include "api/webhooks/challenge.h"
#include "api/webhooks/form_text.h"

namespace millrace::webhooks {
namespace {

constexpr std::string_view kJson = "application/json";

// What the source sets wins over its preset, which wins over the defaults.
IdempotencySettings keys_of(const Preset& preset, IdempotencySettings set) {
    const IdempotencySettings defaults;
    if (!preset.key_header.empty() && set.header == defaults.header) {
        set.header = preset.key_header;
    }
    if (preset.key_window.count() > 0 && set.window == defaults.window) {
        set.window = preset.key_window;
    }
    return set;
}

}  // namespace

std::unique_ptr<SourceRules> SourceRules::compile(const std::string& details,
                                                  const IdempotencySettings& idempotency,
                                                  const std::string& public_url) {
    if (details == "{}") return nullptr;
    auto rules = std::make_unique<SourceRules>();
    rules->idempotency_ = idempotency;
    auto parsed = WebhookDetails::parse(details);
    if (!parsed.ok()) return rules;
    rules->details_ = std::move(parsed).value();
    const auto* const preset = rules->details_.preset;
    if (preset == nullptr) return rules;
    auto check =
        SignatureCheck::compile(rules->details_.rule(), rules->details_.secrets, public_url);
    if (check.ok()) rules->signature_ = std::move(check).value();
    rules->idempotency_ = keys_of(*preset, idempotency);
    if (!preset->key_path.empty()) {
        auto key = BodyKey::compile(preset->key_path);
        if (key.ok()) rules->key_.emplace(std::move(key).value());
    }
    return rules;
}

std::optional<BadSignature> SourceRules::check(const SignedRequest& request, WallTime now) {
    if (!signature_) return BadSignature::no_secret;
    return signature_->check(request, now);
}

std::optional<std::string> SourceRules::answer_get(std::string_view target,
                                                   std::string_view secret) const {
    if (details_.preset == nullptr || details_.preset->challenge != Challenge::hub) return {};
    std::vector<std::string_view> tokens;
    if (!details_.verify_token.empty()) {
        tokens.emplace_back(details_.verify_token);
    } else {
        tokens.emplace_back(secret);
        tokens.insert(tokens.end(), details_.secrets.begin(), details_.secrets.end());
    }
    return answer_hub_challenge(query_of(target), tokens);
}

std::optional<std::string> SourceRules::answer_post(std::string_view body) const {
    if (details_.preset == nullptr) return {};
    if (details_.preset->challenge != Challenge::url_verification) return {};
    return answer_url_verification(body);
}

WebhookEvent SourceRules::event_of(std::string_view body, std::string_view content_type) {
    WebhookEvent event{.body = body, .content_type = content_type, .key = {}};
    const auto* const preset = details_.preset;
    if (preset != nullptr && !preset->form_field.empty() && is_form(content_type)) {
        if (auto field = form_value(body, preset->form_field)) {
            decoded_ = std::move(*field);
            event.body = decoded_;
            event.content_type = kJson;
        }
    }
    if (key_) event.key = key_->find(event.body);
    return event;
}

}  // namespace millrace::webhooks
