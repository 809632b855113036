#pragma once
// The registration of an endpoint: its sender asks once, and is answered with what it has sent.
//
// Nothing of it is stored. What is echoed is a short text of visible characters, so that nobody
// makes the service say something else.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace millrace::webhooks {

// The answer to GET ?hub.mode=subscribe&hub.verify_token=TOKEN&hub.challenge=TEXT, if TOKEN is one
// of `tokens`.
std::optional<std::string> answer_hub_challenge(std::string_view query,
                                                std::span<const std::string_view> tokens);

// The answer to {"type": "url_verification", "challenge": TEXT}; nothing for another body.
std::optional<std::string> answer_url_verification(std::string_view body);

}  // namespace millrace::webhooks
