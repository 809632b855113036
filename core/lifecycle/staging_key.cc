#include "core/lifecycle/staging_key.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::lifecycle {
namespace {

constexpr std::string_view kCsv = ".csv";
constexpr std::string_view kCompressed = ".csv.gz";

// Takes what is before the next `end` off `text`; nothing if that does not come.
std::optional<std::string_view> take_until(std::string_view& text, char end) {
    const auto at = text.find(end);
    if (at == std::string_view::npos) return std::nullopt;
    const auto taken = text.substr(0, at);
    text.remove_prefix(at + 1);
    return taken;
}

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_attempt(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-';
    });
}

}  // namespace

std::string staging_key(const SliceOpening& slice, std::string_view attempt,
                        Compression compression) {
    return fmt::format("{}/{}.{}.{}{}", slice.sink.sink.value, to_string(slice.file),
                       to_string(slice.slice), attempt,
                       compression == Compression::gzip ? kCompressed : kCsv);
}

std::optional<SliceId> slice_of_key(std::string_view key) {
    const auto ending = key.ends_with(kCompressed) ? kCompressed : kCsv;
    if (!key.ends_with(ending)) return std::nullopt;
    key.remove_suffix(ending.size());
    const auto sink = take_until(key, '/');
    if (!sink || !is_number(*sink)) return std::nullopt;
    const auto file = take_until(key, '.');
    if (!file || !parse_uuid(*file)) return std::nullopt;
    const auto dot = key.find('.');
    if (dot != std::string_view::npos && !is_attempt(key.substr(dot + 1))) return std::nullopt;
    const auto slice = parse_uuid(key.substr(0, dot));
    if (!slice) return std::nullopt;
    return SliceId(*slice);
}

}  // namespace millrace::lifecycle
