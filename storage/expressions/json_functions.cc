#include "storage/expressions/json_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/base/shown_text.h"

namespace millrace::expressions {
namespace {

constexpr std::size_t kTextBytesMax = 1 << 20;  // its tree is many times as large
constexpr std::size_t kStepsMax = 100;
constexpr std::size_t kShownCharacters = 60;
constexpr std::uint64_t kCostOfByte = 4;

using Json = nlohmann::ordered_json;

Error refused(std::string_view path, std::string_view why) {
    return Error(
        Code::invalid,
        fmt::format("\"{}\" {}; a path is like $.a.b[0], or $.\"a.b\" for a key with a dot",
                    shortened(path, kShownCharacters), why));
}

const Json* find(const Json& document, const std::vector<JsonStep>& steps) {
    const auto* at = &document;
    for (const auto& step : steps) {
        if (const auto* key = std::get_if<std::string>(&step)) {
            if (!at->is_object()) return nullptr;
            const auto found = at->find(*key);
            if (found == at->end()) return nullptr;
            at = &*found;
            continue;
        }
        const auto index = std::get<std::size_t>(step);
        if (!at->is_array() || index >= at->size()) return nullptr;
        at = &(*at)[index];
    }
    return at;
}

std::string dumped(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void set(sqlite::FunctionResult& out, const Json& value, JsonValue kind) {
    switch (kind) {
        case JsonValue::document:
            return out.set(dumped(value));
        case JsonValue::string:
            if (value.is_null()) return;
            return out.set(value.is_string() ? value.get<std::string>() : dumped(value));
        case JsonValue::integer:
            if (value.is_number_unsigned() &&
                value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) {
                return;
            }
            if (value.is_number_integer()) out.set(value.get<std::int64_t>());
            return;
        case JsonValue::real:
            if (value.is_number()) out.set(value.get<double>());
            return;
        case JsonValue::boolean:
            if (value.is_boolean()) out.set(value.get<bool>());
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
    const auto document = Json::parse(text, nullptr, false);
    if (!steps.ok() || document.is_discarded()) return;
    const auto* value = find(document, steps.value());
    if (value != nullptr) set(out, *value, static_cast<JsonValue>(in.integer(2)));
}

}  // namespace functions
}  // namespace millrace::expressions
