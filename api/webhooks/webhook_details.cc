#include "api/webhooks/webhook_details.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace millrace::webhooks {
namespace {

using Json = nlohmann::json;

Error unreadable(std::string_view what) {
    return Error(Code::corrupt, fmt::format("the details of a source cannot be read: {}", what));
}

std::optional<std::string> text_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    if (found == json.end()) return {};
    return found->get<std::string>();
}

void put(Json& json, const char* key, const std::optional<std::string>& text) {
    if (text) json[key] = *text;
}

SignatureOptions options_of(const Json& json) {
    SignatureOptions options;
    options.header = text_of(json, "header");
    options.timestamp_header = text_of(json, "timestampHeader");
    options.id_header = text_of(json, "idHeader");
    options.prefix = text_of(json, "prefix");
    options.signed_text = text_of(json, "signed");
    options.algorithm = parse_algorithm(text_of(json, "algorithm").value_or(""));
    options.encoding = parse_encoding(text_of(json, "encoding").value_or(""));
    if (json.contains("toleranceMs")) {
        options.tolerance = Milliseconds(json.at("toleranceMs").get<std::int64_t>());
    }
    return options;
}

Json json_of(const SignatureOptions& options) {
    auto json = Json::object();
    put(json, "header", options.header);
    put(json, "timestampHeader", options.timestamp_header);
    put(json, "idHeader", options.id_header);
    put(json, "prefix", options.prefix);
    put(json, "signed", options.signed_text);
    if (options.algorithm) json["algorithm"] = to_string(*options.algorithm);
    if (options.encoding) json["encoding"] = to_string(*options.encoding);
    if (options.tolerance) json["toleranceMs"] = options.tolerance->count();
    return json;
}

Result<WebhookDetails> from_json(const Json& json) {
    WebhookDetails details;
    const auto name = text_of(json, "preset");
    if (!name) {
        // Secrets without a preset check nothing: earlier rollbacks left them.
        const auto known = json.count("secrets");
        if (!json.is_object() || json.size() > known) return unreadable("they have no preset");
        return details;
    }
    details.preset = find_preset(*name);
    if (details.preset == nullptr) return unreadable(fmt::format("preset \"{}\"", *name));
    if (json.contains("signature")) details.signature = options_of(json.at("signature"));
    const auto secrets = json.find("secrets");
    if (secrets == json.end()) return details;
    if (secrets->contains("signature")) {
        details.secrets = secrets->at("signature").get<std::vector<std::string>>();
    }
    details.verify_token = secrets->value("verifyToken", "");
    return details;
}

}  // namespace

std::string_view to_string(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::sha1:
            return "sha1";
        case Algorithm::sha256:
            return "sha256";
        case Algorithm::sha512:
            return "sha512";
    }
    return "";
}

std::string_view to_string(Encoding encoding) {
    return encoding == Encoding::hex ? "hex" : "base64";
}

std::optional<Algorithm> parse_algorithm(std::string_view text) {
    for (const auto algorithm : {Algorithm::sha1, Algorithm::sha256, Algorithm::sha512}) {
        if (text == to_string(algorithm)) return algorithm;
    }
    return {};
}

std::optional<Encoding> parse_encoding(std::string_view text) {
    if (text == "hex") return Encoding::hex;
    if (text == "base64") return Encoding::base64;
    return {};
}

Result<WebhookDetails> WebhookDetails::parse(std::string_view text) {
    try {
        return from_json(Json::parse(text));
    } catch (const Json::exception& exception) {
        return unreadable(exception.what());
    }
}

std::string WebhookDetails::to_text() const {
    if (preset == nullptr) return "{}";
    Json json = {{"preset", preset->name}};
    if (signature != SignatureOptions{}) json["signature"] = json_of(signature);
    json["secrets"] = {{"signature", secrets}};
    if (!verify_token.empty()) json["secrets"]["verifyToken"] = verify_token;
    return json.dump();
}

SignatureRule WebhookDetails::rule() const {
    if (preset == nullptr) return {};
    auto rule = preset->signature;
    if (signature.tolerance) rule.tolerance = *signature.tolerance;
    if (!preset->is_generic) return rule;
    rule.headers = {{.signature = signature.header.value_or(""),
                     .timestamp = signature.timestamp_header.value_or(""),
                     .id = signature.id_header.value_or("")}};
    if (signature.prefix) rule.prefix = *signature.prefix;
    if (signature.signed_text) rule.signed_text = *signature.signed_text;
    if (signature.algorithm) rule.algorithm = *signature.algorithm;
    if (signature.encoding) rule.encoding = *signature.encoding;
    return rule;
}

}  // namespace millrace::webhooks
