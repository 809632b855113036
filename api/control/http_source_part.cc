#include "api/control/http_source_part.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "api/control/api_errors.h"
#include "api/webhooks/preset.h"
#include "api/webhooks/signature.h"
#include "api/webhooks/webhook_details.h"
#include "core/base/duration.h"

namespace millrace::control {
namespace {

using webhooks::Challenge;
using webhooks::Preset;
using webhooks::SignatureOptions;
using webhooks::WebhookDetails;

constexpr std::string_view kPath = "body.http";
constexpr std::string_view kNone = "none";
constexpr std::size_t kShownMax = 60;
constexpr TextLength kHeaderLength{.min = 1, .max = 100};
constexpr std::size_t kSecretCharactersMax = 1000;
constexpr Milliseconds kToleranceMin = std::chrono::seconds(1);
constexpr Milliseconds kToleranceMax = std::chrono::hours(24);
constexpr std::string_view kNoSecrets =
    "Every event is refused until secrets are set in http.signature.secrets";
constexpr std::string_view kUnreadable =
    "Every event is refused: what the source has is of another version of the service. Set "
    "http.preset";

void not_one_of(std::string_view path, const std::string& value, std::string_view known,
                Problems& problems) {
    problems.add(kInvalidEnumValue,
                 fmt::format("value of {} must be one of {} but got value \"{}\"", path, known,
                             shortened(value, kShownMax)));
}

std::string preset_names() {
    std::string names;
    for (const auto& preset : webhooks::presets()) names += fmt::format("\"{}\", ", preset.name);
    return names + "\"none\"";
}

bool is_header_name(const std::string& text) {
    static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";  // RFC 9110 5.6.2
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

std::optional<std::string> read_header(ObjectReader& reader, std::string_view key,
                                       Problems& problems) {
    auto name = reader.text(key, kHeaderLength);
    if (name && !is_header_name(*name)) {
        problems.add(kBadRequest,
                     fmt::format("\"{}\" must be the name of a header", reader.path_of(key)));
    }
    return name;
}

bool is_asymmetric(const std::string& algorithm) {
    constexpr std::string_view kKnown[] = {"ed25519", "rsa", "ecdsa", "es256", "rs256"};
    std::string name;
    for (const char c : algorithm) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return std::ranges::any_of(kKnown, [&](auto known) { return name.starts_with(known); });
}

// Of senders that sign with a key of their own, as Discord, PayPal and SendGrid do.
void asymmetric_is_not_there(const std::string& path, Problems& problems) {
    problems.add(kBadRequest,
                 fmt::format("\"{}\": signatures of a private key (Ed25519, RSA, ECDSA) are "
                             "checked of the presets \"standard-webhooks\" and \"svix\" only, by "
                             "a secret that begins with whpk_: let another such sender use a URL "
                             "of a source without a preset",
                             path));
}

std::optional<std::vector<std::string>> read_secrets(ObjectReader& reader, Problems& problems) {
    const auto* const array = reader.array("secrets");
    if (array == nullptr) return {};
    const auto path = reader.path_of("secrets");
    std::vector<std::string> secrets;
    for (const auto& item : *array) {
        if (!item.is_string()) {
            problems.add(kInvalidFieldType,
                         fmt::format("invalid value for \"{}\", must be texts", path));
            return {};
        }
        secrets.push_back(item.get<std::string>());
    }
    const bool is_short = std::ranges::all_of(secrets, [](const auto& secret) {
        return !secret.empty() && characters_in(secret) <= kSecretCharactersMax;
    });
    if (!is_short || secrets.empty() || secrets.size() > webhooks::kSecretsMax) {
        problems.add(kInvalidLength,
                     fmt::format("\"{}\" must have 1 to {} secrets of 1 to {} characters", path,
                                 webhooks::kSecretsMax, kSecretCharactersMax));
    }
    return secrets;
}

std::optional<Milliseconds> read_tolerance(ObjectReader& reader, Problems& problems) {
    const auto text = reader.text("tolerance", {.min = 1, .max = 100});
    if (!text) return {};
    const auto path = reader.path_of("tolerance");
    const auto parsed = parse_duration(*text);
    if (!parsed.ok()) {
        problems.add(kBadRequest,
                     fmt::format("invalid \"{}\": {}", path, parsed.error().client_text()));
        return {};
    }
    if (parsed.value() < kToleranceMin || parsed.value() > kToleranceMax) {
        problems.add(kInvalidRange,
                     fmt::format("\"{}\" must be between {} and {}", path,
                                 format_duration(kToleranceMin), format_duration(kToleranceMax)));
    }
    return parsed.value();
}

template <typename T>
void take(std::optional<T>& option, std::optional<T> given) {
    if (given) option = std::move(given);
}

// Whether the signature of the preset has a timestamp that is checked.
bool has_timestamp(const WebhookDetails& details) {
    return details.rule().signed_text.find("{timestamp}") != std::string::npos;
}

void read_generic(ObjectReader& reader, SignatureOptions& options, Problems& problems) {
    take(options.header, read_header(reader, "header", problems));
    take(options.timestamp_header, read_header(reader, "timestampHeader", problems));
    take(options.id_header, read_header(reader, "idHeader", problems));
    take(options.prefix, reader.text("prefix", {.min = 0, .max = 100}));
    take(options.signed_text, reader.text("signed", {.min = 1, .max = 1000}));
    if (const auto text = reader.text("algorithm", {.min = 0, .max = 100})) {
        options.algorithm = webhooks::parse_algorithm(*text);
        if (!options.algorithm && is_asymmetric(*text)) {
            asymmetric_is_not_there(reader.path_of("algorithm"), problems);
        } else if (!options.algorithm) {
            not_one_of(reader.path_of("algorithm"), *text, R"("sha1", "sha256", "sha512")",
                       problems);
        }
    }
    if (const auto text = reader.text("encoding", {.min = 0, .max = 100})) {
        options.encoding = webhooks::parse_encoding(*text);
        if (!options.encoding) {
            not_one_of(reader.path_of("encoding"), *text, R"("hex", "base64")", problems);
        }
    }
    if (!options.header) reader.missing("header");
}

// Of a sender that signs with a private key, whose public one is among the secrets.
void check_public_keys(const webhooks::SignatureRule& rule, const std::vector<std::string>& secrets,
                       const std::string& path, Problems& problems) {
    if (!rule.ed25519) return;
    std::size_t count = 0;
    for (const auto& secret : secrets) {
        if (secret.starts_with(rule.ed25519->private_key_prefix)) {
            problems.add(
                kBadRequest,
                fmt::format("\"{}\" has the private key of the sender ({}...), which only "
                            "the sender may know; what checks signatures is the public "
                            "one ({}...)",
                            path, rule.ed25519->private_key_prefix, rule.ed25519->key_prefix));
        }
        if (!webhooks::is_public_key(rule, secret)) continue;
        ++count;
        const auto key = webhooks::read_public_key(rule, secret);
        if (!key.ok()) {
            problems.add(kBadRequest, fmt::format("\"{}\": {}", path, key.error().client_text()));
        }
    }
    if (count > webhooks::kPublicKeysMax) {
        problems.add(kInvalidLength, fmt::format("\"{}\" must have {} public keys at most", path,
                                                 webhooks::kPublicKeysMax));
    }
}

void read_signature(const Json& part, WebhookDetails& details, Problems& problems) {
    ObjectReader reader(part, fmt::format("{}.signature", kPath), problems);
    const auto& preset = *details.preset;
    if (auto secrets = read_secrets(reader, problems)) details.secrets = std::move(*secrets);
    check_public_keys(preset.signature, details.secrets, reader.path_of("secrets"), problems);
    if (preset.is_generic) read_generic(reader, details.signature, problems);
    if (preset.is_generic || has_timestamp(details)) {
        take(details.signature.tolerance, read_tolerance(reader, problems));
    }
    if (preset.challenge == Challenge::hub) {
        if (auto token = reader.text("verifyToken", {.min = 1, .max = 1000})) {
            details.verify_token = std::move(*token);
        }
    }
    reader.finish();
}

// What the source is to have after the request, whose preset is known.
void check(const WebhookDetails& details, Problems& problems) {
    if (details.secrets.empty()) {
        problems.add(
            kMissingField,
            fmt::format("\"{}.signature.secrets\" is missing: the preset \"{}\" checks signatures, "
                        "and needs the secret that the sender signs with. Where the sender shows "
                        "it only once it has the URL, create the source without a preset first",
                        kPath, details.preset->name));
        return;
    }
    const auto rule = details.rule();
    const auto compiled = webhooks::SignatureCheck::compile(rule, {});
    if (!compiled.ok()) {
        problems.add(kBadRequest, fmt::format("\"{}.signature.signed\" {}", kPath,
                                              compiled.error().client_text()));
        return;
    }
    const bool is_unused =
        details.preset->is_generic && details.signature.timestamp_header && !has_timestamp(details);
    if (is_unused) {
        problems.add(kBadRequest,
                     fmt::format("\"{}.signature.timestampHeader\" is of no use, as \"signed\" has "
                                 "no {{timestamp}}: a timestamp that is not signed proves nothing",
                                 kPath));
    }
}

WebhookDetails read_part(const Json& part, WebhookDetails details, Problems& problems) {
    ObjectReader reader(part, std::string(kPath), problems);
    const auto name = reader.text("preset", {.min = 1, .max = 100});
    const auto* const signature = reader.object("signature");
    reader.finish();
    if (name && (details.preset == nullptr || details.preset->name != *name)) {
        details = {};
        details.preset = webhooks::find_preset(*name);
        if (details.preset == nullptr && *name != kNone) {
            not_one_of(reader.path_of("preset"), *name, preset_names(), problems);
            return {};
        }
    }
    if (details.preset == nullptr) {
        if (signature != nullptr) {
            problems.add(kMissingField,
                         fmt::format("\"{}.preset\" is missing: it says how the sender signs; for "
                                     "one without a preset it is \"generic-hmac\"",
                                     kPath));
        }
        return {};
    }
    if (signature != nullptr) read_signature(*signature, details, problems);
    if (problems.none()) check(details, problems);
    return details;
}

}  // namespace

std::string parse_http_part(const Json* part, Problems& problems) {
    if (part == nullptr) return "{}";
    return read_part(*part, {}, problems).to_text();
}

std::string patch_http_part(const Json& part, const std::string& details, Problems& problems) {
    auto before = WebhookDetails::parse(details);
    if (!before.ok() && !part.contains("preset")) {
        problems.add(kMissingField,
                     fmt::format("\"{}.preset\" is missing: what the source has is of another "
                                 "version of the service, and must be replaced as a whole",
                                 kPath));
        return details;
    }
    return read_part(part, before.ok() ? std::move(before).value() : WebhookDetails(), problems)
        .to_text();
}

definitions::RestoredDetails roll_back_http_part(const std::string& then,
                                                 const std::string& today) {
    auto restored = WebhookDetails::parse(then);
    if (!restored.ok()) return {.details = then, .note = fmt::format("{}.", kUnreadable)};
    auto& webhook = restored.value();
    if (webhook.preset == nullptr) return {.details = "{}", .note = ""};
    auto now = WebhookDetails::parse(today);
    if (now.ok() && now.value().preset == webhook.preset) {
        webhook.secrets = std::move(now.value().secrets);
        webhook.verify_token = std::move(now.value().verify_token);
    }
    if (!webhook.secrets.empty()) return {.details = webhook.to_text(), .note = ""};
    return {.details = webhook.to_text(),
            .note = fmt::format("{}: versions have none, and those of today are not of the preset "
                                "\"{}\".",
                                kNoSecrets, webhook.preset->name)};
}

void add_webhook(nlohmann::ordered_json& json, const std::string& details) {
    const auto parsed = WebhookDetails::parse(details);
    if (!parsed.ok()) {  // such a source lets nothing in
        json["problem"] = fmt::format("{}.", kUnreadable);
        return;
    }
    const auto& webhook = parsed.value();
    json["verification"] = webhook.preset == nullptr ? "none" : "signature";
    if (webhook.preset == nullptr) return;
    json["preset"] = webhook.preset->name;
    auto& signature = json["signature"];
    const auto rule = webhook.rule();
    if (webhook.preset->is_generic) {
        const auto& names = rule.headers.front();
        signature["header"] = names.signature;
        signature["algorithm"] = webhooks::to_string(rule.algorithm);
        signature["encoding"] = webhooks::to_string(rule.encoding);
        signature["prefix"] = rule.prefix;
        signature["signed"] = rule.signed_text;
        if (!names.timestamp.empty()) signature["timestampHeader"] = names.timestamp;
        if (!names.id.empty()) signature["idHeader"] = names.id;
    }
    if (has_timestamp(webhook)) signature["tolerance"] = format_duration(rule.tolerance);
    signature["secretsCount"] = webhook.secrets.size();
    if (webhook.secrets.empty()) json["problem"] = fmt::format("{}.", kNoSecrets);
}

std::uint64_t webhook_row_bytes(const std::string& details) {
    const auto webhook = WebhookDetails::parse(details);
    if (!webhook.ok() || webhook.value().preset == nullptr) return 0;
    return 2 * webhook.value().preset->body_bytes;  // quotes are doubled in CSV
}

}  // namespace millrace::control
