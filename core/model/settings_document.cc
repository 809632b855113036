#include "core/model/settings_document.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <span>

#include "core/model/http_settings.h"
#include "core/model/settings.h"

namespace millrace {
namespace {

constexpr std::string_view kHead =
    R"(<!-- Made from the table in core/model/settings.cc: docs/HACKING.md says how. Don't edit. -->
# Settings

Values of a source or a sink, read and changed at `.../settings` ([api.md](api.md), "Settings"). A sink inherits: default, then the
configuration of the node, then what its source sets, then what the sink itself sets; `origin` of `GET` says which of the four is in
force (`default`, `node`, `source`, `sink`), and `null` in a `PATCH` inherits again. Sizes are text with binary units (`5MB` is
5 × 1024 × 1024 bytes) or a number of bytes, and count CSV bytes. Durations are text (`30s`, `1m30s`) or a number of nanoseconds.
A change of what is in force imports at once whatever waits under the old values.

The configuration of the node sets values, protected ones too, for all sources and sinks that do not set them: in the TOML file

```toml
[settings]
storage.level.target.import.trigger.interval = "5m"
```

or by flags, which win over the file: `--setting storage.level.target.import.trigger.interval=5m`. Another configuration at a
restart is a change of what is in force like any other.
)";

constexpr std::string_view kChangeable = R"(
## Changeable

| key | type | default | bounds | meaning |
|---|---|---|---|---|
)";

constexpr std::string_view kHttp = R"(
## Of sources of type `http` only

| key | type | default | bounds | meaning |
|---|---|---|---|---|
)";

constexpr std::string_view kProtected = R"(
## Protected

Shown, but not changeable through the API: a `PATCH` answers 403 `stream.api.forbidden`. The configuration of the node may set them.

| key | type | default | bounds | meaning |
|---|---|---|---|---|
)";

std::string_view type_of(SettingKind kind) {
    switch (kind) {
        case SettingKind::boolean:
            return "bool";
        case SettingKind::count:
            return "int";
        case SettingKind::byte_size:
            return "size";
        case SettingKind::duration:
            return "duration";
        case SettingKind::choice:
        case SettingKind::header_name:
        case SettingKind::text:
            return "text";
    }
    return "";
}

std::string bounds_of(const SettingSpec& spec) {
    switch (spec.kind) {
        case SettingKind::boolean:
            return "";
        case SettingKind::count:
        case SettingKind::byte_size:
        case SettingKind::duration:
            return fmt::format("{} to {}", format_setting(spec, spec.min),
                               format_setting(spec, spec.max));
        case SettingKind::choice:
            return fmt::format("`{}`", fmt::join(spec.choices, "`, `"));
        case SettingKind::header_name:
            return "the name of a header";
        case SettingKind::text:
            return fmt::format("at most {} bytes", spec.max);
    }
    return "";
}

std::string rows_of(std::span<const SettingSpec> specs, bool is_protected) {
    std::string rows;
    for (const auto& spec : specs) {
        if (spec.is_protected != is_protected) continue;
        const auto value = format_setting(spec, spec.default_value);
        rows += fmt::format("| `{}` | {} | {} | {} | {} |\n", spec.key, type_of(spec.kind),
                            value.empty() ? value : fmt::format("`{}`", value), bounds_of(spec),
                            spec.description);
    }
    return rows;
}

}  // namespace

std::string settings_document() {
    return fmt::format("{}{}{}{}{}{}{}", kHead, kChangeable, rows_of(setting_specs(), false), kHttp,
                       rows_of(http_setting_specs(), false), kProtected,
                       rows_of(setting_specs(), true));
}

}  // namespace millrace
