#include "api/webhooks/challenge.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/webhooks/form_text.h"
#include "api/webhooks/hmac_key.h"

namespace millrace::webhooks {
namespace {

constexpr std::size_t kChallengeMax = 1024;
constexpr std::size_t kBodyMax = 16 << 10;  // of a challenge; an event may be much larger

bool is_echoed(const std::string& text) {
    return !text.empty() && text.size() <= kChallengeMax &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::optional<std::string> answer_hub_challenge(std::string_view query,
                                                std::span<const std::string_view> tokens) {
    if (form_value(query, "hub.mode") != "subscribe") return {};
    const auto token = form_value(query, "hub.verify_token");
    auto challenge = form_value(query, "hub.challenge");
    if (!token || token->empty() || !challenge || !is_echoed(*challenge)) return {};
    bool is_known = false;
    for (const auto known : tokens) is_known |= same_code(known, *token);
    if (!is_known) return {};
    return challenge;
}

std::optional<std::string> answer_url_verification(std::string_view body) {
    if (body.size() > kBodyMax || body.find("url_verification") == std::string_view::npos) {
        return {};
    }
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object()) return {};
    const auto type = json.find("type");
    const auto challenge = json.find("challenge");
    if (type == json.end() || *type != "url_verification") return {};
    if (challenge == json.end() || !challenge->is_string()) return {};
    auto text = challenge->get<std::string>();
    if (!is_echoed(text)) return {};
    return text;
}

}  // namespace millrace::webhooks
