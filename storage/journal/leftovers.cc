#include "storage/journal/leftovers.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/ports/atomic_file.h"

namespace millrace::journal {
namespace {

constexpr std::size_t kSequenceDigits = 20;

bool is_number(std::string_view text) {
    return text.size() == kSequenceDigits &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_leftover(std::string_view name) {
    if (!name.ends_with(kTemporarySuffix)) return false;
    name.remove_suffix(kTemporarySuffix.size());
    constexpr std::array<std::string_view, 2> kPrefixes = {"checkpoint-", "keys-"};
    return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::string_view prefix) {
        return name.starts_with(prefix) && is_number(name.substr(prefix.size()));
    });
}

}  // namespace

Result<std::vector<std::string>> remove_leftovers(Disk& disk, const std::string& directory) {
    TRY_ASSIGN(auto names, disk.list(directory));
    std::erase_if(names, [](const std::string& name) { return !is_leftover(name); });
    for (const auto& name : names) TRY(disk.remove(directory + "/" + name));
    return names;
}

}  // namespace millrace::journal
