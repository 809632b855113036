#include "core/model/http_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/base/network.h"

namespace millrace {
namespace {

constexpr std::int64_t kMb = 1024 * 1024;
constexpr std::string_view kAllow = "source.http.allow";
constexpr std::string_view kAnswerBody = "source.http.answer.body";
constexpr std::string_view kAnswerType = "source.http.answer.contentType";
constexpr std::string_view kAnswerSuccess = "source.http.answer.success";
constexpr std::string_view kClientCertificate = "source.http.clientCertificate";
constexpr std::string_view kMethods = "source.http.methods";
constexpr std::string_view kKnownMethods = "DELETE, GET, PATCH, POST, PUT";

const std::vector<SettingSpec>& table() {
    using enum SettingKind;
    static const std::vector<SettingSpec> specs = {
        {.key = kAllow,
         .kind = text,
         .default_value = std::string(),
         .max = 2000,
         .of_source = true,
         .description = "From which addresses events are accepted: addresses and networks, "
                        "separated by commas. Others are answered 403. Empty means all."},
        {.key = kAnswerBody,
         .kind = text,
         .default_value = std::string(),
         .max = 4096,
         .of_source = true,
         .description = "The body of the answer to a request that was accepted, for senders that "
                        "want a certain one. Empty means OK."},
        {.key = kAnswerType,
         .kind = text,
         .default_value = std::string("text/plain"),
         .max = 100,
         .of_source = true,
         .description = "The content type of that body."},
        {.key = kAnswerSuccess,
         .kind = choice,
         .default_value = std::string("all"),
         .choices = {"all", "any"},
         .of_source = true,
         .description = "When a request is answered as accepted: \"all\" if every sink has taken "
                        "it, \"any\" if one has."},
        {.key = kClientCertificate,
         .kind = choice,
         .default_value = std::string("optional"),
         .choices = {"optional", "required"},
         .of_source = true,
         .description = "Whether a client must have shown a certificate in the handshake of TLS. "
                        "Who has none is answered 403 then. See ingest.tls-client-ca."},
        {.key = kHttpKeyPath,
         .kind = text,
         .default_value = std::string(),
         .max = 1000,
         .of_source = true,
         .description = "Where the body of a request has its idempotency key, a path such as "
                        "data.id, for requests without the header. Empty means nowhere."},
        {.key = kHttpBodySize,
         .kind = byte_size,
         .default_value = std::int64_t{0},
         .min = 0,
         .max = 64 * kMb,
         .of_source = true,
         .description = "How large the body of a request may be, as it is sent. 0 means as large "
                        "as the node allows, and not more than that in any case."},
        {.key = kHttpDecodedSize,
         .kind = byte_size,
         .default_value = std::int64_t{0},
         .min = 0,
         .max = 64 * kMb,
         .of_source = true,
         .description = "How large a compressed body may be after it is decompressed. 0 means as "
                        "large as the node allows, and not more than that in any case."},
        {.key = kHttpRowSize,
         .kind = byte_size,
         .default_value = std::int64_t{0},
         .min = 0,
         .max = 64 * kMb,
         .of_source = true,
         .description = "How large a row may be, as CSV. 0 means as large as the node allows, and "
                        "not more than that in any case."},
        {.key = kMethods,
         .kind = text,
         .default_value = std::string("POST"),
         .max = 100,
         .of_source = true,
         .description = "By which methods events are sent: POST, PUT, PATCH, DELETE and GET, "
                        "separated by commas. Others are answered 405."},
    };
    return specs;
}

template <typename T>
const T& value_of(std::string_view key, const SettingOverrides& overrides) {
    const auto& spec = *std::ranges::find(table(), key, &SettingSpec::key);
    return std::get<T>(in_force(spec, {.source = overrides}).value);
}

Error wrong(std::string_view key, std::string_view reason) {
    return Error(Code::invalid, fmt::format("Invalid \"{}\" value: {}.", key, reason));
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

bool is_known_method(std::string_view name) {
    for (auto rest = kKnownMethods; !rest.empty();) {
        const auto end = std::min(rest.find(", "), rest.size());
        if (rest.substr(0, end) == name) return true;
        rest.remove_prefix(std::min(end + 2, rest.size()));
    }
    return false;
}

bool is_media_type(std::string_view text) {
    return text.find('/') != std::string_view::npos &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

}  // namespace

std::span<const SettingSpec> http_setting_specs() {
    return table();
}

HttpSettings resolve_http_settings(const SettingOverrides& of_kind) {
    const auto text = [&](std::string_view key) { return value_of<std::string>(key, of_kind); };
    const auto bytes = [&](std::string_view key) {
        return static_cast<std::uint64_t>(value_of<std::int64_t>(key, of_kind));
    };
    return {.allow = text(kAllow),
            .answer_body = text(kAnswerBody),
            .answer_type = text(kAnswerType),
            .is_one_sink_enough = text(kAnswerSuccess) == "any",
            .key_path = text(kHttpKeyPath),
            .methods = text(kMethods),
            .needs_client_certificate = text(kClientCertificate) == "required",
            .body_bytes = bytes(kHttpBodySize),
            .decoded_bytes = bytes(kHttpDecodedSize),
            .row_bytes = bytes(kHttpRowSize)};
}

std::vector<std::string> http_methods_in(std::string_view list) {
    std::vector<std::string> methods;
    while (true) {
        const auto end = std::min(list.find(','), list.size());
        const auto name = trimmed(list.substr(0, end));
        if (!is_known_method(name)) return {};
        if (std::ranges::find(methods, name) == methods.end()) methods.emplace_back(name);
        if (end == list.size()) return methods;
        list.remove_prefix(end + 1);
    }
}

Result<void> check_http_setting(std::string_view key, const SettingValue& value) {
    const auto* const text = std::get_if<std::string>(&value);
    if (text == nullptr || text->empty()) {
        if (key == kAnswerType && text != nullptr) return wrong(key, "must be a media type");
        if (key == kMethods && text != nullptr) return wrong(key, "must have a method");
        return {};
    }
    if (key == kAllow) {
        const auto networks = parse_networks(*text);
        if (!networks.ok()) return wrong(key, networks.error().client_text());
    }
    if (key == kMethods && http_methods_in(*text).empty()) {
        return wrong(key,
                     fmt::format("must have methods of {}, separated by commas", kKnownMethods));
    }
    if (key == kAnswerType && !is_media_type(*text)) {
        return wrong(key, "must be a media type, such as application/json");
    }
    return {};
}

}  // namespace millrace
