#include "api/config/toml_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <optional>
#include <sstream>
#include <system_error>
#include <toml.hpp>

namespace millrace::config {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;  // a mistaken log is no configuration
constexpr std::size_t kDepthMax = 16;           // of brackets, and of the parts of one key

// Walks over a TOML text as far as its strings and comments, which a depth does not count in. A
// string that a mistake leaves open ends with its line, where the parser refuses it.
class DepthCheck {
public:
    explicit DepthCheck(std::string_view text) : rest_(text) {}

    // The line on which it is nested too deep for the parser, which calls itself for each level.
    std::optional<std::uint32_t> too_deep() {
        while (!rest_.empty()) {
            const char c = rest_.front();
            if (c == '"' || c == '\'') {
                skip_string(c);
                continue;
            }
            if (c == '#') rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
            if (rest_.empty()) break;
            count(rest_.front());
            rest_.remove_prefix(1);
            if (depth_ > kDepthMax || parts_ > kDepthMax) return line_;
        }
        return std::nullopt;
    }

private:
    void count(char c) {
        if (c == '\n') ++line_;
        if (c == '[' || c == '{') ++depth_;
        if ((c == ']' || c == '}') && depth_ > 0) --depth_;
        if (c == '.') ++parts_;
        if (c == '\n' || c == '=' || c == ',') parts_ = 0;
    }

    void skip_string(char quote) {
        const std::string three(3, quote);
        const bool is_long = rest_.starts_with(three);
        rest_.remove_prefix(is_long ? 3 : 1);
        while (!rest_.empty()) {
            const char c = rest_.front();
            if (is_long ? rest_.starts_with(three) : c == quote) {
                rest_.remove_prefix(is_long ? 3 : 1);
                return;
            }
            if (c == '\n' && !is_long) return;
            if (c == '\n') ++line_;
            const bool escapes = c == '\\' && quote == '"';
            rest_.remove_prefix(escapes && rest_.size() > 1 && rest_[1] != '\n' ? 2 : 1);
        }
    }

    std::string_view rest_;
    std::uint32_t line_ = 1;
    std::size_t depth_ = 0;
    std::size_t parts_ = 0;
};

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

Error cannot_read(const std::string& path, int number) {
    return Error(Code::invalid, fmt::format("cannot read \"{}\": {}", path,
                                            std::generic_category().message(number)));
}

Result<std::string> read_regular(int file, const std::string& path) {
    struct stat status {};
    if (::fstat(file, &status) != 0) return cannot_read(path, errno);
    if (!S_ISREG(status.st_mode)) {
        return Error(Code::invalid, fmt::format("\"{}\" is not a regular file", path));
    }
    std::string text(kFileBytesMax + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto count = ::read(file, text.data() + size, text.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return cannot_read(path, errno);
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    if (size > kFileBytesMax) {
        return Error(Code::invalid, fmt::format("\"{}\" is larger than 1MB", path));
    }
    text.resize(size);
    return text;
}

}  // namespace

Result<std::vector<TomlEntry>> parse_toml(std::string_view text, const std::string& path) {
    if (const auto line = DepthCheck(text).too_deep()) {
        return Error(Code::invalid,
                     fmt::format("{}:{}: nested deeper than {} levels", path, *line, kDepthMax));
    }
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
    // Without O_NONBLOCK a pipe without a writer would hold the start.
    const int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) return cannot_read(path, errno);
    const auto text = read_regular(file, path);
    ::close(file);
    if (!text.ok()) return text.error();
    return parse_toml(text.value(), path);
}

}  // namespace millrace::config
