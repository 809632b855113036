#include "api/webhooks/source_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "api/webhooks/challenge.h"
#include "api/webhooks/form_text.h"

namespace millrace::webhooks {
namespace {

constexpr std::string_view kJson = "application/json";

IdempotencySettings with_preset(const Preset& preset, IdempotencySettings set) {
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

IdempotencySettings keys_of(const std::string& details, const IdempotencySettings& set) {
    if (details == "{}") return set;
    const auto parsed = WebhookDetails::parse(details);
    if (!parsed.ok() || parsed.value().preset == nullptr) return set;
    return with_preset(*parsed.value().preset, set);
}

std::unique_ptr<SourceRules> SourceRules::compile(const std::string& details,
                                                  const SettingOverrides& of_kind,
                                                  const IdempotencySettings& idempotency,
                                                  const std::string& public_url) {
    auto rules = std::make_unique<SourceRules>();
    rules->settings_ = resolve_http_settings(of_kind);
    rules->idempotency_ = idempotency;
    rules->methods_ = http_methods_in(rules->settings_.methods);
    rules->methods_text_ = fmt::format("{}", fmt::join(rules->methods_, ", "));
    if (!rules->settings_.allow.empty()) {
        auto networks = parse_networks(rules->settings_.allow);
        rules->networks_ = networks.ok() ? std::move(networks).value() : std::vector<Network>();
    }
    std::string_view key_path = rules->settings_.key_path;
    auto parsed = WebhookDetails::parse(details);
    if (parsed.ok()) {
        rules->details_ = std::move(parsed).value();
        rules->is_open_ = rules->details_.preset == nullptr;
    }
    if (const auto* const preset = rules->details_.preset) {
        auto check =
            SignatureCheck::compile(rules->details_.rule(), rules->details_.secrets, public_url);
        if (check.ok()) rules->signature_ = std::move(check).value();
        rules->idempotency_ = with_preset(*preset, idempotency);
        if (key_path.empty()) key_path = preset->key_path;
    }
    if (!key_path.empty()) {
        auto key = BodyKey::compile(key_path);
        if (key.ok()) rules->key_.emplace(std::move(key).value());
    }
    return rules;
}

bool SourceRules::allows(std::string_view client_ip) const {
    if (!networks_) return true;
    const auto ip = parse_ip(client_ip);
    return ip &&
           std::ranges::any_of(*networks_, [&](const Network& one) { return one.contains(*ip); });
}

bool SourceRules::takes(std::string_view method) const {
    return std::ranges::find(methods_, method) != methods_.end();
}

std::uint64_t SourceRules::body_bytes_max(std::uint64_t of_node) const {
    const auto of_preset =
        details_.preset == nullptr ? std::uint64_t{0} : details_.preset->body_bytes;
    const auto most = std::max(of_node, of_preset);
    return settings_.body_bytes == 0 ? most : std::min(most, settings_.body_bytes);
}

std::uint64_t SourceRules::decoded_bytes_max(std::uint64_t of_node) const {
    const auto of_preset =
        details_.preset == nullptr ? std::uint64_t{0} : details_.preset->body_bytes;
    const auto most = std::max(of_node, of_preset);
    return settings_.decoded_bytes == 0 ? most : std::min(most, settings_.decoded_bytes);
}

std::optional<BadSignature> SourceRules::check(const SignedRequest& request, WallTime now) {
    if (is_open_) return {};
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
    if (key_) event.key = key_->find(event.body, event.content_type);
    return event;
}

}  // namespace millrace::webhooks
