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
            .body_bytes = bytes(kHttpBodySize),
            .decoded_bytes = bytes(kHttpDecodedSize),
            .row_bytes = bytes(kHttpRowSize)};
}

Result<void> check_http_setting(std::string_view key, const SettingValue& value) {
    const auto* const text = std::get_if<std::string>(&value);
    if (text == nullptr || text->empty()) {
        if (key == kAnswerType && text != nullptr) return wrong(key, "must be a media type");
        return {};
    }
    if (key == kAllow) {
        const auto networks = parse_networks(*text);
        if (!networks.ok()) return wrong(key, networks.error().client_text());
    }
    if (key == kAnswerType && !is_media_type(*text)) {
        return wrong(key, "must be a media type, such as application/json");
    }
    return {};
}

}  // namespace millrace
