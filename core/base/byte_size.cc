#include "core/base/byte_size.h"

#include <charconv>
#include <limits>

namespace millrace {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t bytes;
};
constexpr Unit kUnits[] = {{"GB", 1ULL << 30}, {"MB", 1ULL << 20}, {"KB", 1ULL << 10},
                           {"kB", 1ULL << 10}, {"B", 1},           {"", 1}};

}  // namespace

Result<std::uint64_t> parse_byte_size(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc()) return Error(Code::invalid, "invalid syntax");
    const auto suffix = text.substr(static_cast<std::size_t>(end - text.data()));
    for (const auto& unit : kUnits) {
        if (suffix != unit.name) continue;
        if (number > std::numeric_limits<std::uint64_t>::max() / unit.bytes) {
            return Error(Code::invalid, "value out of range");
        }
        return number * unit.bytes;
    }
    return Error(Code::invalid, "invalid syntax");
}

std::string format_byte_size(std::uint64_t bytes) {
    for (const auto& unit : kUnits) {
        if (bytes != 0 && bytes % unit.bytes == 0)
            return fmt::format("{}{}", bytes / unit.bytes, unit.name);
    }
    return fmt::format("{}B", bytes);
}

}  // namespace millrace
