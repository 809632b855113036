#include "api/cli/setting_value.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "core/model/http_settings.h"

namespace millrace::cli {
namespace {

RawSetting raw_of(const Json& value) {
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number_float()) return value.get<double>();
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{1} << 62U) {
        return value.get<double>();
    }
    if (value.is_number()) return value.get<std::int64_t>();
    return text_of(value);
}

SettingKind kind_of(const Json& known) {
    const auto rule = text_at(known, {"validation"});
    if (rule.find("Duration=") != std::string::npos) return SettingKind::duration;
    if (rule.find("Bytes=") != std::string::npos) return SettingKind::byte_size;
    return SettingKind::text;
}

// Without bounds: they are the service's.
std::optional<SettingValue> value_of(SettingKind kind, const Json& value) {
    const SettingSpec spec{.key = {},
                           .kind = kind,
                           .default_value = {},
                           .min = std::numeric_limits<std::int64_t>::min(),
                           .max = std::numeric_limits<std::int64_t>::max(),
                           .description = {}};
    auto parsed = parse_setting(spec, raw_of(value));
    if (!parsed.ok()) return {};
    return std::move(parsed).value();
}

bool is_same(SettingKind kind, const Json& a, const Json& b) {
    if (is_equal(a, b)) return true;
    if (kind == SettingKind::text) return false;
    const auto value = value_of(kind, a);
    return value && value == value_of(kind, b);
}

}  // namespace

bool is_same_setting(const Json& known, const Json& wanted) {
    return is_same(kind_of(known), member(known, {"value"}), wanted);
}

bool is_same_duration(const Json& a, const Json& b) {
    return is_same(SettingKind::duration, a, b);
}

Result<void> check_setting(const SettingSpec& spec, const Json& value) {
    TRY_ASSIGN(const auto parsed, parse_setting(spec, raw_of(value)));
    return check_http_setting(spec.key, parsed);
}

}  // namespace millrace::cli
