#include "storage/expressions/named_time_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "core/base/shown_text.h"
#include "storage/expressions/expression_tokens.h"

namespace millrace::expressions {
namespace {

constexpr auto kFolder = "/usr/share/zoneinfo/";
constexpr std::size_t kHeadBytes = 44;
constexpr std::size_t kNameMax = 64;
constexpr std::size_t kFileBytesMax = 64 << 10;
constexpr std::size_t kShownCharacters = 64;
constexpr std::int64_t kEndOfFullFiles = 2'114'380'800;  // 2037-01-01: a file with less is short

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// A name of a file below the folder and of nothing else.
bool is_zone_name(std::string_view name) {
    if (name.empty() || name.size() > kNameMax || name.find("..") != std::string_view::npos) {
        return false;
    }
    const char first = name[0];
    return (first >= 'A' && first <= 'Z') && std::all_of(name.begin(), name.end(), [](char c) {
               return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
                      c == '/' || c == '+' || c == '-';
           });
}

std::int64_t big_endian(std::string_view bytes) {
    const bool is_negative = (static_cast<unsigned char>(bytes[0]) & 0x80) != 0;
    std::uint64_t value = is_negative ? ~std::uint64_t{0} : 0;
    for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
    return static_cast<std::int64_t>(value);
}

// One of the two blocks of a zone file.
struct Block {
    std::size_t changes = 0;
    std::size_t types = 0;
    std::size_t bytes = 0;  // after the head

    static std::optional<Block> of(std::string_view bytes, std::size_t time_bytes) {
        if (bytes.size() < kHeadBytes || !bytes.starts_with("TZif")) return std::nullopt;
        const auto count = [&](std::size_t index) {
            return static_cast<std::size_t>(big_endian(bytes.substr(20 + 4 * index, 4)));
        };
        const auto times = count(3);
        const auto types = count(4);
        constexpr std::size_t kCountMax = 100'000;
        for (std::size_t i = 0; i < 6; ++i) {
            if (count(i) > kCountMax) return std::nullopt;
        }
        return Block{.changes = times,
                     .types = types,
                     .bytes = times * (time_bytes + 1) + types * 6 + count(5) +
                              count(2) * (time_bytes + 4) + count(1) + count(0)};
    }
};

// "UTC+8", "GMT-05:30", "+08:00"; nothing for others.
std::optional<std::int64_t> fixed_offset(std::string_view name) {
    for (const std::string_view prefix : {"UTC", "GMT"}) {
        if (lower_case(name.substr(0, prefix.size())) != lower_case(prefix)) continue;
        name.remove_prefix(prefix.size());
        if (name.empty()) return 0;
        break;
    }
    if (name == "Z" || name == "z") return 0;
    std::int64_t seconds = 0;
    if (!parse_offset(name, seconds)) return std::nullopt;
    return seconds;
}

}  // namespace

bool parse_offset(std::string_view text, std::int64_t& seconds) {
    if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return false;
    const std::int64_t sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
    const auto take = [&text](std::size_t digits_max) {
        std::int64_t value = -1;
        for (; digits_max > 0 && !text.empty() && is_digit(text[0]); --digits_max) {
            value = std::max<std::int64_t>(value, 0) * 10 + (text[0] - '0');
            text.remove_prefix(1);
        }
        return value;
    };
    const auto hours = take(2);
    std::int64_t minutes = 0;
    if (hours >= 0 && !text.empty()) {
        if (text[0] == ':') text.remove_prefix(1);
        if (text.size() != 2) return false;
        minutes = take(2);
    }
    if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59 || !text.empty()) return false;
    seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

Result<TimeZone> TimeZone::find(std::string_view name) {
    if (const auto offset = fixed_offset(name)) {
        TimeZone zone;
        zone.first_offset_ = *offset;
        return zone;
    }
    // What Apache Doris means by it.
    if (lower_case(name) == "cst") name = "Asia/Shanghai";
    const auto unknown = fmt::format(
        "there is no time zone \"{}\": write \"+08:00\", or a name "
        "like \"Asia/Shanghai\" that the server's zone files have",
        shortened(name, kShownCharacters));
    if (!is_zone_name(name)) return Error(Code::invalid, unknown);
    const auto path = kFolder + std::string(name);
    std::error_code failure;
    if (!std::filesystem::is_regular_file(path, failure)) return Error(Code::invalid, unknown);
    std::string bytes(kFileBytesMax, '\0');
    std::ifstream file(path, std::ios::binary);
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return read(bytes);
}

Result<TimeZone> TimeZone::read(std::string_view bytes) {
    const Error damaged(Code::invalid, "the zone file of the time zone cannot be read");
    const auto first = Block::of(bytes, 4);
    if (!first || bytes.size() < kHeadBytes + first->bytes) return damaged;
    bytes.remove_prefix(kHeadBytes + first->bytes);
    const auto block = Block::of(bytes, 8);
    if (!block || bytes.size() < kHeadBytes + block->bytes || block->types == 0) return damaged;
    const auto times = bytes.substr(kHeadBytes);
    const auto indexes = times.substr(8 * block->changes);
    const auto types = indexes.substr(block->changes);

    TimeZone zone;
    zone.first_offset_ = big_endian(types.substr(0, 4));
    for (std::size_t i = 0; i < block->changes; ++i) {
        const auto type = static_cast<unsigned char>(indexes[i]);
        if (type >= block->types) return damaged;
        zone.changes_.push_back({.unix_seconds = big_endian(times.substr(8 * i, 8)),
                                 .offset = big_endian(types.substr(6U * type, 4))});
    }
    // "\nCET-1CEST,M3.5.0,M10.5.0/3\n": a rule that goes on for ever has commas.
    const auto rule = bytes.substr(kHeadBytes + block->bytes);
    const bool is_full =
        !zone.changes_.empty() && zone.changes_.back().unix_seconds >= kEndOfFullFiles;
    if (rule.find(',') != std::string_view::npos && !is_full) {
        return Error(Code::invalid, "the zone file of the time zone does not go to 2037");
    }
    return zone;
}

std::int64_t TimeZone::offset_at(std::int64_t unix_seconds) const {
    const auto next = std::upper_bound(
        changes_.begin(), changes_.end(), unix_seconds,
        [](std::int64_t time, const Change& change) { return time < change.unix_seconds; });
    return next == changes_.begin() ? first_offset_ : std::prev(next)->offset;
}

std::int64_t TimeZone::unix_seconds(std::int64_t local_seconds) const {
    constexpr std::int64_t kDay = 86'400;
    const auto before = local_seconds - offset_at(local_seconds - kDay);
    if (local(before) == local_seconds) return before;
    const auto after = local_seconds - offset_at(local_seconds + kDay);
    return local(after) == local_seconds ? after : before;
}

}  // namespace millrace::expressions
