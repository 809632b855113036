#include "api/cli/yaml_text.h"

#include <algorithm>
#include <array>

#include "api/cli/yaml_document.h"

namespace millrace::cli {
namespace {

// What readers of YAML 1.1 take for something else than a text.
constexpr std::array<std::string_view, 6> kOldWords = {"y", "n", "on", "off", "yes", "no"};

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Whether it is itself without quotes, in a block. Times and the like, which begin with a digit,
// are so where nothing takes them for a number.
bool is_plain(const std::string& text) {
    if (text.empty() || text.back() == ':' || text.back() == ' ') return false;
    if (!is_letter(text.front()) && !is_digit(text.front()) && text.front() != '/') return false;
    const bool is_known = std::ranges::all_of(text, [](char c) {
        return is_letter(c) || is_digit(c) ||
               std::string_view(" _./=@:[]()+-").find(c) != std::string_view::npos;
    });
    if (!is_known || text.find(": ") != std::string::npos) return false;
    // 12:30 is a number of YAML 1.1, and 2026-01-31 a date.
    const bool is_like_number = std::ranges::all_of(text, [](char c) {
        return is_digit(c) || std::string_view("_.:+-").find(c) != std::string_view::npos;
    });
    if (is_like_number) return false;
    const auto word = lower(text);
    return std::ranges::find(kOldWords, word) == kOldWords.end() && plain_scalar(text).is_string();
}

// Whether it can be a block of lines, as it is.
bool is_block(const std::string& text) {
    if (text.find('\n') == std::string::npos || text.front() == ' ' || text.front() == '\n' ||
        text.ends_with("\n\n")) {
        return false;
    }
    char before = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\n') || byte >= 0x7F) return false;
        if (c == '\n' && before == ' ') return false;
        before = c;
    }
    return before != ' ';
}

}  // namespace

std::string yaml_scalar(const Json& value) {
    if (value.is_string()) {
        const auto text = value.get<std::string>();
        if (is_plain(text)) return text;
    }
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void YamlText::begin_line() {
    const auto indent = 2 * depth_;
    if (is_item_) {
        text_.append(indent - 2, ' ');
        text_ += "- ";
    } else {
        text_.append(indent, ' ');
    }
    is_item_ = false;
}

void YamlText::open(std::string_view key) {
    begin_line();
    text_ += yaml_scalar(Json(std::string(key))) + ":\n";
    depth_ += 1;
}

void YamlText::begin_item() {
    depth_ += 1;
    is_item_ = true;
}

void YamlText::end_item() {
    depth_ -= 1;
    is_item_ = false;
}

void YamlText::comment(std::string_view text) {
    begin_line();
    text_ += "# ";
    text_ += text;
    text_ += "\n";
}

void YamlText::members(const Json& json) {
    if (json.is_object()) {
        for (const auto& [key, member] : json.items()) field(key, member);
    } else {
        for (const auto& member : json) item(member);
    }
}

void YamlText::value(const Json& json) {
    if (json.is_structured() && !json.empty()) {
        text_ += "\n";
        depth_ += 1;
        members(json);
        depth_ -= 1;
        return;
    }
    if (!json.is_string() || !is_block(json.get<std::string>())) {
        text_ += " " + yaml_scalar(json) + "\n";
        return;
    }
    const auto whole = json.get<std::string>();
    std::string_view rest = whole;
    text_ += rest.ends_with('\n') ? " |\n" : " |-\n";
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (!line.empty()) text_.append(2 * (depth_ + 1), ' ');
        text_ += line;
        text_ += "\n";
    }
}

void YamlText::field(std::string_view key, const Json& json) {
    begin_line();
    text_ += yaml_scalar(Json(std::string(key))) + ":";
    value(json);
}

void YamlText::item(const Json& json) {
    begin_item();
    if (json.is_object() && !json.empty()) {
        members(json);
    } else if (json.is_array() && !json.empty()) {
        begin_line();
        text_.pop_back();
        value(json);
    } else {
        begin_line();
        text_ += yaml_scalar(json) + "\n";
    }
    end_item();
}

}  // namespace millrace::cli
