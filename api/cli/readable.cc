#include "api/cli/readable.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/cli/text_table.h"

namespace millrace::cli {
namespace {

constexpr std::array<std::string_view, 6> kSizes = {"B", "KB", "MB", "GB", "TB", "PB"};
constexpr double kWholeFrom = 100;  // more digits than that say nothing

}  // namespace

std::string readable_rate(double number) {
    if (!(number > 0)) return "0";
    if (number >= kWholeFrom) return grouped(static_cast<std::uint64_t>(number + 0.5));
    const auto text = fmt::format("{:.1f}", number);
    if (text == "0.0") return "<0.1";
    return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

std::string counted(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string as_sentence(std::string_view text) {
    const bool is_ended = text.ends_with('.') || text.ends_with('?') || text.ends_with('!');
    return std::string(text) + (is_ended ? "" : ".");
}

std::string readable_bytes(double bytes) {
    std::size_t size = 0;
    for (; bytes >= 1000 && size + 1 < kSizes.size(); ++size) bytes /= 1024;
    if (size == 0 || bytes >= kWholeFrom) return fmt::format("{:.0f} {}", bytes, kSizes[size]);
    return fmt::format("{:.1f} {}", bytes, kSizes[size]);
}

std::string readable_time(Milliseconds time) {
    const auto seconds = std::max<std::int64_t>(time.count(), 0) / 1000;
    if (seconds < 120) return fmt::format("{} s", seconds);
    if (seconds < 2 * 3600) return fmt::format("{} min", seconds / 60);
    if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
    return fmt::format("{} d", seconds / 86400);
}

std::string readable_age(std::string_view from, std::string_view to) {
    const auto begin = parse_utc(from);
    const auto end = parse_utc(to);
    if (!begin || !end) return {};
    return readable_time(*end - *begin);
}

}  // namespace millrace::cli
