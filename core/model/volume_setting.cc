#include "core/model/volume_setting.h"

#include <fmt/format.h>

#include <cstddef>
#include <variant>

#include "core/base/check.h"
#include "core/base/error_names.h"
#include "core/base/shown_text.h"

namespace millrace {
namespace {

constexpr std::size_t kShownNameMax = 60;

std::string quoted(std::string_view name) {
    return fmt::format("\"{}\"", shortened(name, kShownNameMax));
}

}  // namespace

std::string resolve_volume(const SettingLevels& levels) {
    const auto* const spec = find_setting(kVolumeSetting);
    check(spec != nullptr, "{} is in the table of settings", kVolumeSetting);
    return std::get<std::string>(in_force(*spec, levels).value);
}

Error no_such_volume(std::string_view name, const std::vector<std::string>& names) {
    ShownList known(", ");
    for (const auto& one : names) known.add(quoted(one));
    return Error(Code::invalid,
                 fmt::format("Invalid \"{}\" value: no volume that takes rows is called {}; there "
                             "is {}.",
                             kVolumeSetting, quoted(name), known.empty() ? "none" : known.text()));
}

std::string few_of(const std::vector<SourceId>& sources) {
    ShownList named(", ");
    for (const auto& source : sources) named.add(quoted(source.value));
    return named.text();
}

Error volume_is_pinned(std::string_view name, const std::vector<SourceId>& sources) {
    return Error(Code::conflict,
                 fmt::format("volume {} cannot be retired: it alone takes the rows of {}; give "
                             "their setting {} another volume, or none, first",
                             name, few_of(sources), kVolumeSetting))
        .named(error_names::kApiVolumeInUse);
}

}  // namespace millrace
