#include "api/config/node_settings.h"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <vector>

#include "api/config/options.h"
#include "core/model/kind_settings.h"

namespace millrace::config {
namespace {

Error unknown_key(std::string_view key, std::span<const SettingSpec> of_kinds) {
    std::vector<std::string> known;
    for (const auto& spec : setting_specs()) known.emplace_back(spec.key);
    for (const auto& spec : of_kinds) known.emplace_back(spec.key);
    std::string text = "unknown setting";
    if (const auto meant = nearest(key, known)) text += fmt::format("; did you mean {}?", *meant);
    return Error(Code::invalid, text);
}

// The text as JSON would have it for a setting of that kind; a text where it has no such form.
RawSetting raw_of(const SettingSpec& spec, std::string_view text) {
    if (spec.kind == SettingKind::boolean) {
        if (text == "true") return true;
        if (text == "false") return false;
    }
    const bool may_be_number = spec.kind == SettingKind::count ||
                               spec.kind == SettingKind::byte_size ||
                               spec.kind == SettingKind::duration;
    if (may_be_number) {
        std::int64_t number = 0;
        const auto* const end = text.data() + text.size();
        const auto [stop, failure] = std::from_chars(text.data(), end, number);
        if (failure == std::errc() && stop == end) return number;
    }
    return std::string(text);
}

}  // namespace

Result<void> assign_setting(std::string_view key, std::string_view text,
                            std::span<const SettingSpec> of_kinds, SettingOverrides& settings) {
    const auto* const spec = find_setting(key, of_kinds);
    if (spec == nullptr) return unknown_key(key, of_kinds);
    TRY_ASSIGN(auto value, parse_setting(*spec, raw_of(*spec, text)));
    settings.insert_or_assign(std::string(key), std::move(value));
    return {};
}

Result<void> assign_setting_pair(std::string_view pair, std::span<const SettingSpec> of_kinds,
                                 SettingOverrides& settings) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        return Error(Code::invalid, "needs a value, KEY=VALUE");
    }
    return assign_setting(pair.substr(0, equals), pair.substr(equals + 1), of_kinds, settings);
}

}  // namespace millrace::config
