#include "api/app/backend_kinds.h"

#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <string>
#include <system_error>

#include "core/lifecycle/import_limits.h"

namespace millrace {
namespace {

constexpr std::size_t kImportsBound = 32;

}  // namespace

config::BackendOption imports_option() {
    return {.name = "imports",
            .placeholder = "N",
            .sentence = "imports into it at the same time, 1 to 32; 6 without it"};
}

Result<std::size_t> imports_of(const BackendPlace& place) {
    const auto text = place.option("imports", std::to_string(lifecycle::ImportLimit().imports_max));
    std::size_t count = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool is_number = failure == std::errc() && end == text.data() + text.size();
    if (is_number && count >= 1 && count <= kImportsBound) return count;
    return Error(Code::invalid, fmt::format("imports must be a number from 1 to {}, but is \"{}\"",
                                            kImportsBound, text));
}

}  // namespace millrace
