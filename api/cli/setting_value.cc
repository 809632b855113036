#include "api/cli/setting_value.h"

#include <cstdint>

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

}  // namespace

Result<void> check_setting(const SettingSpec& spec, const Json& value) {
    TRY_ASSIGN(const auto parsed, parse_setting(spec, raw_of(value)));
    return check_http_setting(spec.key, parsed);
}

}  // namespace millrace::cli
