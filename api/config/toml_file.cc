#include "api/config/toml_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <toml.hpp>

namespace millrace::config {
namespace {

std::string_view describe(toml::value_t type) {
    switch (type) {
        case toml::value_t::boolean:
            return "a boolean";
        case toml::value_t::floating:
            return "a fractional number";
        case toml::value_t::offset_datetime:
        case toml::value_t::local_datetime:
        case toml::value_t::local_date:
        case toml::value_t::local_time:
            return "a date or time";
        case toml::value_t::array:
            return "an array";
        case toml::value_t::table:
            return "an empty table";
        case toml::value_t::integer:
            return "a number";
        case toml::value_t::string:
            return "a text";
        case toml::value_t::empty:
            return "nothing";
    }
    return "nothing";
}

TomlEntry entry_of(const std::string& key, const toml::value& value) {
    const auto line = static_cast<std::uint32_t>(value.location().line());
    if (value.is_string()) return {key, TomlKind::text, value.as_string().str, line};
    if (value.is_integer())
        return {key, TomlKind::integer, fmt::format("{}", value.as_integer()), line};
    if (value.is_boolean())
        return {key, TomlKind::boolean, value.as_boolean() ? "true" : "false", line};
    return {key, TomlKind::other, std::string(describe(value.type())), line};
}

void flatten(const std::string& prefix, const toml::table& table, std::vector<TomlEntry>& entries) {
    for (const auto& [name, value] : table) {
        const auto key = prefix + name;
        if (value.is_table() && !value.as_table().empty()) {
            flatten(key + ".", value.as_table(), entries);
        } else {
            entries.push_back(entry_of(key, value));
        }
    }
}

// toml11 prints several lines with the source quoted; the first says what is wrong.
std::string first_line(std::string text) {
    text.resize(std::min(text.find('\n'), text.size()));
    constexpr std::string_view kLabel = "[error] ";
    if (text.starts_with(kLabel)) text.erase(0, kLabel.size());
    const auto place = text.find(": ");
    if (text.starts_with("toml::") && place != std::string::npos) text.erase(0, place + 2);
    return text;
}

}  // namespace

Result<std::vector<TomlEntry>> parse_toml(std::string_view text, const std::string& path) {
    std::vector<TomlEntry> entries;
    try {
        std::istringstream stream{std::string(text)};
        const auto root = toml::parse(stream, path);
        flatten("", root.as_table(), entries);
    } catch (const toml::exception& failure) {
        return Error(Code::invalid, fmt::format("{}:{}: {}", path, failure.location().line(),
                                                first_line(failure.what())));
    } catch (const std::exception& failure) {
        return Error(Code::invalid, fmt::format("{}: {}", path, first_line(failure.what())));
    }
    std::ranges::stable_sort(entries, {},
                             [](const auto& entry) { return std::pair(entry.line, entry.key); });
    return entries;
}

Result<std::vector<TomlEntry>> read_toml(const std::string& path) {
    constexpr std::size_t kFileBytesMax = 1 << 20;  // so that a device or a mistaken log is no loop
    std::ifstream file(path, std::ios::binary);
    std::string text(kFileBytesMax + 1, '\0');
    if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.is_open() || file.bad() || (file.fail() && !file.eof())) {
        return Error(Code::invalid, fmt::format("cannot read \"{}\": {}", path,
                                                std::generic_category().message(errno)));
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > kFileBytesMax) {
        return Error(Code::invalid, fmt::format("\"{}\" is larger than 1MB", path));
    }
    return parse_toml(text, path);
}

}  // namespace millrace::config
