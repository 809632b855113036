#include "api/app/backend_kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <system_error>

#include "core/lifecycle/import_limits.h"

namespace millrace {
namespace {

constexpr std::size_t kImportsBound = 32;

// Nothing if it is no number.
std::optional<std::size_t> number(const std::string& text) {
    std::size_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// Each import has a connection, in a target that counts them.
std::size_t usual_imports(const BackendPlace& place) {
    const std::size_t usual = lifecycle::ImportLimit().imports_max;
    const auto connections = number(place.option("connections", "")).value_or(usual);
    return std::clamp(connections, std::size_t{1}, usual);
}

}  // namespace

config::BackendOption imports_option() {
    return {.name = "imports",
            .placeholder = "N",
            .sentence =
                "imports into it at the same time, 1 to 32; 6 without it, or as many as it has "
                "connections"};
}

Result<std::size_t> imports_of(const BackendPlace& place) {
    const auto text = place.option("imports", std::to_string(usual_imports(place)));
    const auto count = number(text);
    if (count && *count >= 1 && *count <= kImportsBound) return *count;
    return Error(Code::invalid, fmt::format("imports must be a number from 1 to {}, but is \"{}\"",
                                            kImportsBound, text));
}

}  // namespace millrace
