#include "api/cli/plan_differences.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "api/cli/column_argument.h"
#include "api/cli/entity_fields.h"
#include "api/cli/setting_value.h"

namespace millrace::cli {
namespace {

constexpr auto kSecret = "(secret)";
constexpr std::string_view kPreset = "http.preset";
constexpr std::string_view kTolerance = "http.signature.tolerance";  // a duration

// Whether a property of a Kafka source is one that the service seals, by the words that its name
// has: a plan must not show it before the service has seen it.
bool is_secret_property(std::string_view name) {
    if (!name.starts_with("kafka.properties.")) return false;
    constexpr std::string_view kWords[] = {"password", "secret", "key.pem", "user.info"};
    return std::ranges::any_of(
        kWords, [&](auto word) { return name.find(word) != std::string_view::npos; });
}

bool is_secret(std::string_view name) {
    return name == "http.signature.secrets" || name == "http.signature.verifyToken" ||
           is_secret_property(name);
}

bool is_sealed(const Json& actual) {
    return actual.is_string() && text_of(actual) == "***";
}

void add_part(std::string_view name, const Json& wanted, const Json& actual, bool with_secrets,
              std::vector<Difference>& found) {
    if (wanted.is_null()) return;
    if (wanted.is_object()) {
        for (const auto& [key, value] : wanted.items()) {
            add_part(fmt::format("{}.{}", name, key), value, member(actual, {key}), with_secrets,
                     found);
        }
        return;
    }
    if (is_secret(name) || is_sealed(actual)) {
        const bool is_new = actual.is_null() && is_secret_property(name);
        if (!with_secrets && !is_new) return;
        found.push_back({.kind = is_new ? Difference::Kind::added : Difference::Kind::changed,
                         .field = std::string(name),
                         .before = is_new ? "" : kSecret,
                         .after = kSecret});
        return;
    }
    const bool is_same =
        name == kTolerance ? is_same_duration(wanted, actual) : is_same_value(wanted, actual);
    if (is_same || (name == kPreset && actual.is_null() && wanted == "none")) return;
    found.push_back({.kind = actual.is_null() ? Difference::Kind::added : Difference::Kind::changed,
                     .field = std::string(name),
                     .before = actual.is_null() ? "" : shown_value(actual),
                     .after = shown_value(wanted)});
}

const Json* find_column(const Json& columns, const std::string& name) {
    for (const auto& column : columns) {
        if (text_at(column, {"name"}) == name) return &column;
    }
    return nullptr;
}

std::vector<std::string> names_of(const Json& columns) {
    std::vector<std::string> names;
    for (const auto& column : columns) names.push_back(text_at(column, {"name"}));
    return names;
}

}  // namespace

std::string shown_value(const Json& value) {
    if (value.is_string() && !value.get<std::string>().empty()) return value.get<std::string>();
    auto text = to_line(value);
    text.pop_back();
    return text;
}

std::vector<Difference> part_differences(std::string_view name, const Json& wanted,
                                         const Json& actual, bool with_secrets) {
    std::vector<Difference> found;
    add_part(name, wanted, actual, with_secrets, found);
    return found;
}

std::vector<Difference> column_differences(const Json& wanted, const Json& actual,
                                           ColumnText line_of) {
    std::vector<Difference> found;
    for (const auto& column : actual) {
        if (find_column(wanted, text_at(column, {"name"})) != nullptr) continue;
        found.push_back({.kind = Difference::Kind::removed,
                         .field = "columns",
                         .before = line_of(column),
                         .after = {}});
    }
    for (const auto& column : wanted) {
        const auto* const before = find_column(actual, text_at(column, {"name"}));
        auto after = line_of(column);
        if (before == nullptr) {
            found.push_back({.kind = Difference::Kind::added,
                             .field = "columns",
                             .before = {},
                             .after = std::move(after)});
        } else if (auto text = line_of(*before); text != after) {
            found.push_back({.kind = Difference::Kind::changed,
                             .field = "columns",
                             .before = std::move(text),
                             .after = std::move(after)});
        }
    }
    if (!found.empty() || names_of(wanted) == names_of(actual)) return found;
    found.push_back({.kind = Difference::Kind::changed,
                     .field = "order of columns",
                     .before = fmt::format("{}", fmt::join(names_of(actual), ", ")),
                     .after = fmt::format("{}", fmt::join(names_of(wanted), ", "))});
    return found;
}

std::string sink_column_line(const Json& column) {
    if (auto text = column_text(column)) return *text;
    // The order of its fields says nothing.
    auto text = nlohmann::json(plain_column(column))
                    .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return text;
}

}  // namespace millrace::cli
