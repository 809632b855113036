#include "api/control/settings_request.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/json_body.h"
#include "api/http/error_status.h"
#include "core/base/client_text.h"
#include "core/base/error_names.h"
#include "core/mapping/path.h"
#include "core/model/http_settings.h"
#include "core/model/kind_settings.h"

namespace millrace::control {
namespace {

constexpr std::size_t kShownKeysMax = 50;  // characters of a list of keys
constexpr std::size_t kShownKeyMax = 60;   // and of one
constexpr std::size_t kSettingsMax = 1000;
constexpr std::string_view kOfSources = "source.";

// "a", "b"
std::string quoted_list(const std::vector<std::string>& keys) {
    ShownList list(", ");
    for (const auto& key : keys) list.add(fmt::format("\"{}\"", shortened(key, kShownKeyMax)));
    return list.text();
}

std::string as_bullets(const std::vector<std::string>& texts) {
    if (texts.size() == 1) return texts.front();
    ShownList bullets("\n");
    for (const auto& text : texts) bullets.add("- " + as_sentence(text));
    return bullets.text();
}

struct GivenSetting {
    std::string key;
    const Json* value;
};

struct CheckedSettings {
    definitions::SettingsPatch patch;
    std::vector<std::string> mistakes = {};
    std::string protected_keys = {};  // the text of that mistake
};

std::vector<GivenSetting> read_items(const Json& array, Problems& problems) {
    std::vector<GivenSetting> items;
    for (std::size_t i = 0; i < array.size(); ++i) {
        const auto path = fmt::format("body.settings[{}]", i);
        if (!array[i].is_object()) {
            problems.add(kInvalidFieldType,
                         fmt::format("invalid value for \"{}\", must be an object", path));
            continue;
        }
        ObjectReader reader(array[i], path, problems);
        GivenSetting item{.key = reader.required_text("key", {.min = 1, .max = 1000}).value_or(""),
                          .value = reader.any("value")};
        if (item.value == nullptr) reader.missing("value");
        reader.finish();
        if (item.value != nullptr && !item.key.empty()) items.push_back(std::move(item));
    }
    return items;
}

Result<std::optional<SettingValue>> read_value(const SettingSpec& spec, const Json& json) {
    const auto parsed = [&](const RawSetting& raw) -> Result<std::optional<SettingValue>> {
        TRY_ASSIGN(auto value, parse_setting(spec, raw));
        return std::optional(std::move(value));
    };
    switch (json.type()) {
        case Json::value_t::null:
            return std::optional<SettingValue>();
        case Json::value_t::boolean:
            return parsed(json.get<bool>());
        case Json::value_t::string:
            return parsed(json.get<std::string>());
        case Json::value_t::number_integer:
            return parsed(json.get<std::int64_t>());
        case Json::value_t::number_unsigned:
            if (json.get<std::uint64_t>() > std::uint64_t{1} << 62U)
                return parsed(json.get<double>());
            return parsed(json.get<std::int64_t>());
        case Json::value_t::number_float:
            return parsed(json.get<double>());
        case Json::value_t::array:
        case Json::value_t::object:
        case Json::value_t::binary:
        case Json::value_t::discarded:
            break;
    }
    return bad_request(
        fmt::format("Invalid \"{}\" value: found type \"{}\", expected a single value.", spec.key,
                    json.type_name()));
}

Result<void> check_value(const SettingSpec& spec, const std::optional<SettingValue>& value) {
    if (!value) return {};
    if (spec.key == kHttpKeyPath && !std::get<std::string>(*value).empty()) {
        const auto checked = mapping::check_path(std::get<std::string>(*value));
        if (!checked.ok()) {
            return bad_request(fmt::format("Invalid \"{}\" value: {}", spec.key,
                                           as_sentence(checked.error().client_text())));
        }
    }
    return check_http_setting(spec.key, *value);
}

std::vector<GivenSetting> read_array(ObjectReader& reader, Problems& problems) {
    const auto* const array = reader.array("settings");
    if (array == nullptr) return {};
    if (array->size() <= kSettingsMax) return read_items(*array, problems);
    problems.add(
        kInvalidLength,
        fmt::format("length of body.settings must be lesser or equal than {}", kSettingsMax));
    return {};
}

CheckedSettings check(const std::vector<GivenSetting>& settings, SettingsOwner owner,
                      std::span<const SettingSpec> of_kind) {
    CheckedSettings checked_settings;
    auto& [patch, texts, protected_text] = checked_settings;
    std::map<std::string, std::size_t> times;
    std::vector<std::string> unknown;
    std::vector<std::string> is_protected;
    for (const auto& item : settings) {
        if (const auto count = ++times[item.key]; count > 1) {
            if (count > 2) continue;
            texts.push_back(fmt::format("Key \"{}\" is defined multiple times.",
                                        shortened(item.key, kShownKeyMax)));
            continue;
        }
        const auto* const spec = find_setting(item.key, of_kind);
        if (owner == SettingsOwner::sink && item.key.starts_with(kOfSources)) {
            texts.push_back(
                fmt::format("Key \"{}\" is none of a sink: keys that begin with "
                            "\"{}\" are of sources.",
                            shortened(item.key, kShownKeyMax), kOfSources));
        } else if (spec == nullptr) {
            unknown.push_back(item.key);
        } else if (spec->is_protected) {
            is_protected.push_back(item.key);
        } else if (auto value = read_value(*spec, *item.value); !value.ok()) {
            texts.push_back(value.error().client_text());
        } else if (auto checked = check_value(*spec, value.value()); !checked.ok()) {
            texts.push_back(checked.error().client_text());
        } else {
            patch.values.emplace_back(item.key, std::move(value).value());
        }
    }
    if (!unknown.empty()) {
        texts.push_back(
            fmt::format("Key not found: {}.", shortened(quoted_list(unknown), kShownKeysMax)));
    }
    if (!is_protected.empty()) {
        protected_text = fmt::format(
            "Cannot modify protected keys: {}. They are of the whole service: "
            "--setting KEY=VALUE of millrace serve sets them.",
            quoted_list(is_protected));
    }
    return checked_settings;
}

}  // namespace

definitions::SettingsPatch read_settings(ObjectReader& reader, SettingsOwner owner,
                                         std::span<const SettingSpec> of_kind, Problems& problems) {
    auto checked = check(read_array(reader, problems), owner, of_kind);
    for (const auto& text : checked.mistakes) problems.add(kBadRequest, text);
    if (!checked.protected_keys.empty()) {
        problems.add(error_names::kApiForbidden, checked.protected_keys);
    }
    return std::move(checked.patch);
}

Result<definitions::SettingsPatch> parse_settings_patch(std::string_view body, SettingsOwner owner,
                                                        std::span<const SettingSpec> of_kind) {
    TRY_ASSIGN(const auto json, parse_json_object(body));
    Problems problems;
    ObjectReader reader(json, "body", problems);
    auto description = reader.text("changeDescription", {.min = 0, .max = 4096});
    const auto settings = read_array(reader, problems);
    reader.finish();
    TRY(problems.result());
    auto [patch, mistakes, protected_keys] = check(settings, owner, of_kind);
    if (!mistakes.empty()) return bad_request(as_bullets(mistakes));
    if (!protected_keys.empty()) {
        return Error(Code::invalid, protected_keys).named(error_names::kApiForbidden);
    }
    patch.description = std::move(description);
    return std::move(patch);
}

}  // namespace millrace::control
