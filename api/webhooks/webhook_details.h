#pragma once
// WebhookDetails: what a source of kind "http" keeps in Source::details, as a value.
//
// Format    {"preset": "generic-hmac", "signature": {"header": ..., ...},
//            "secrets": {"signature": [...], "verifyToken": "..."}}; "{}" of a source without a
//            preset. "secrets" is as core/model/detail_secrets.h says.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/webhooks/preset.h"
#include "api/webhooks/signature.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace millrace::webhooks {

// What a source says of its signature beside its preset; the first six are of generic-hmac only.
struct SignatureOptions {
    std::optional<std::string> header;
    std::optional<std::string> timestamp_header;
    std::optional<std::string> id_header;
    std::optional<std::string> prefix;
    std::optional<std::string> signed_text;
    std::optional<Algorithm> algorithm;
    std::optional<Encoding> encoding;
    std::optional<Milliseconds> tolerance;

    bool operator==(const SignatureOptions&) const = default;
};

struct WebhookDetails {
    const Preset* preset = nullptr;  // null: none
    SignatureOptions signature;
    std::vector<std::string> secrets;  // the newest first
    std::string verify_token;          // of the hub challenge; empty: none of its own

    // Errors  corrupt: not what to_text() returns
    static Result<WebhookDetails> parse(std::string_view text);
    std::string to_text() const;

    // That of the preset with what the source says.
    SignatureRule rule() const;
};

std::string_view to_string(Algorithm algorithm);
std::string_view to_string(Encoding encoding);
std::optional<Algorithm> parse_algorithm(std::string_view text);
std::optional<Encoding> parse_encoding(std::string_view text);

}  // namespace millrace::webhooks
