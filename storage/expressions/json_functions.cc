#include "storage/expressions/json_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "core/base/shown_text.h"
#include "core/mapping/json_check.h"
#include "core/mapping/json_text.h"
#include "core/mapping/json_walk.h"
#include "core/mapping/text_problem.h"

namespace millrace::expressions {
namespace {

constexpr std::size_t kTextBytesMax = 1 << 20;
constexpr std::size_t kStepsMax = 100;
constexpr std::size_t kShownCharacters = 60;
constexpr std::uint64_t kCostOfByte = 4;

Error refused(std::string_view path, std::string_view why) {
    return Error(
        Code::invalid,
        fmt::format("\"{}\" {}; a path is like $.a.b[0], or $.\"a.b\" for a key with a dot",
                    shortened(path, kShownCharacters), why));
}

std::string_view trimmed(std::string_view json) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto begin = json.find_first_not_of(kSpace);
    return json.substr(begin, json.find_last_not_of(kSpace) - begin + 1);
}

std::string unescaped(std::string_view inside) {
    std::string text;
    mapping::append_unescaped(text, inside);
    return text;
}

bool is_key(std::string_view inside, std::string_view key) {
    return inside.find('\\') == std::string_view::npos ? inside == key : unescaped(inside) == key;
}

// The first of equal keys counts.
std::optional<std::string_view> take_step(std::string_view json, const JsonStep& step) {
    const auto* key = std::get_if<std::string>(&step);
    if (json.front() != (key != nullptr ? '{' : '[')) return std::nullopt;
    std::size_t index = 0;
    for (mapping::JsonItems items(json); items.next(); ++index) {
        const bool is_it =
            key != nullptr ? is_key(items.key(), *key) : index == std::get<std::size_t>(step);
        if (is_it) return items.value();
    }
    return std::nullopt;
}

bool is_number(std::string_view json) {
    return json.front() == '-' || (json.front() >= '0' && json.front() <= '9');
}

// Nothing if `json` is no number of the type, or one that it cannot hold.
template <typename Value>
std::optional<Value> number_of(std::string_view json) {
    Value value{};
    if (!is_number(json)) return std::nullopt;
    const auto* const end = json.data() + json.size();
    const auto read = std::from_chars(json.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return value;
}

void set_compact(sqlite::FunctionResult& out, std::string_view json) {
    std::string text;
    mapping::append_compact(text, json);
    out.set(text);
}

// Half a character is NULL.
void set_string(sqlite::FunctionResult& out, std::string_view json) {
    const auto text = unescaped(json.substr(1, json.size() - 2));
    const bool has_nul = text.find('\0') != std::string::npos;
    if (has_nul || !mapping::text_problem(DataType::json, json, false)) out.set(text);
}

// `json` is what was found, as it was written.
void set(sqlite::FunctionResult& out, std::string_view json, JsonValue kind) {
    switch (kind) {
        case JsonValue::document:
            return set_compact(out, json);
        case JsonValue::string:
            if (json == "null") return;
            if (json.front() != '"') return set_compact(out, json);
            return set_string(out, json);
        case JsonValue::integer:
            if (const auto value = number_of<std::int64_t>(json)) out.set(*value);
            return;
        case JsonValue::real:
            if (const auto value = number_of<double>(json)) out.set(*value);
            return;
        case JsonValue::boolean:
            if (json == "true" || json == "false") out.set(json == "true");
            return;
    }
}

}  // namespace

Result<std::vector<JsonStep>> parse_json_path(std::string_view path) {
    std::vector<JsonStep> steps;
    auto rest = path;
    if (!rest.starts_with('$')) return refused(path, "does not begin with $");
    rest.remove_prefix(1);
    while (!rest.empty()) {
        if (steps.size() == kStepsMax) return refused(path, "is too long");
        if (rest.starts_with('[')) {
            std::size_t index = 0;
            const auto end = rest.find(']');
            if (end == std::string_view::npos) return refused(path, "has no ] for a [");
            const auto* const last = rest.data() + end;
            const auto parsed = std::from_chars(rest.data() + 1, last, index);
            if (parsed.ec != std::errc() || parsed.ptr != last) {
                return refused(path, "has no number in [ ]");
            }
            steps.emplace_back(index);
            rest.remove_prefix(end + 1);
            continue;
        }
        if (!rest.starts_with('.')) return refused(path, "is not a path");
        rest.remove_prefix(1);
        if (rest.starts_with('"')) {
            const auto end = rest.find('"', 1);
            if (end == std::string_view::npos) return refused(path, "has a quote that is open");
            steps.emplace_back(std::string(rest.substr(1, end - 1)));
            rest.remove_prefix(end + 1);
            continue;
        }
        const auto end = std::min(rest.find_first_of(".["), rest.size());
        const auto key = rest.substr(0, end);
        if (key.empty() && !(rest.empty() && steps.empty())) return refused(path, "has no key");
        if (key.find('*') != std::string_view::npos) return refused(path, "has a *");
        if (!key.empty()) steps.emplace_back(std::string(key));
        rest.remove_prefix(end);
    }
    return steps;
}

namespace functions {

void json_value(const sqlite::Arguments& in, sqlite::FunctionResult& out, void* /*context*/) {
    const auto text = in.text(0);
    if (text.size() > kTextBytesMax) {
        return out.fail(fmt::format("a JSON of an expression is over {} bytes", kTextBytesMax));
    }
    if (!out.spend(kCostOfByte * text.size())) return;
    const auto steps = parse_json_path(in.text(1));
    mapping::JsonCheck check;
    if (!steps.ok() || !check.is_json(text)) return;
    auto json = trimmed(check.text());
    for (const auto& step : steps.value()) {
        if (!out.spend(json.size())) return;
        const auto next = take_step(json, step);
        if (!next) return;
        json = *next;
    }
    set(out, json, static_cast<JsonValue>(in.integer(2)));
}

}  // namespace functions
}  // namespace millrace::expressions
