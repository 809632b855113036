#include "storage/expressions/special_calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/shown_text.h"
#include "storage/expressions/expression_tokens.h"
#include "storage/expressions/json_functions.h"
#include "storage/expressions/local_time.h"

namespace millrace::expressions {
namespace {

using Kind = NodeKind;

constexpr std::size_t kShownCharacters = 60;
constexpr std::int64_t kClockDigitsMax = 6;

constexpr std::string_view kSpecial[] = {
    "if", "ifnull", "nvl", "coalesce", "nullif", "mod", "greatest", "least",
    // Clocks.
    "now", "current_timestamp", "localtime", "localtimestamp", "curdate", "current_date",
    "utc_timestamp",
    // Moved times; days_add, hours_sub, minutes_diff ... are of the same kind.
    "date_add", "adddate", "date_sub", "subdate", "timestampadd", "timestampdiff",
    // JSON.
    "json_extract", "get_json_string", "get_json_int", "get_json_bigint", "get_json_double",
    "get_json_bool", "json_extract_string", "json_extract_int", "json_extract_bigint",
    "json_extract_double", "json_extract_bool"};

Error wrong_count(const ExpressionNode& node, std::string_view wanted) {
    return Error(Code::invalid,
                 fmt::format("{} at {} takes {}; there are {}", shown_name(node.text),
                             node.position, wanted, node.children.size()));
}

void make_text(ExpressionNode& node, ValueType type, std::string text) {
    node.kind = Kind::text;
    node.type = type;
    node.text = std::move(text);
    node.children.clear();
}

NodePointer negated(NodePointer count) {
    auto node = std::make_unique<ExpressionNode>();
    node->kind = Kind::negate;
    node->position = count->position;
    node->type = ValueType::integer;
    node->has_columns = count->has_columns;
    node->depth = count->depth + 1;
    node->children.push_back(std::move(count));
    return node;
}

}  // namespace

std::string shown_name(std::string_view name) {
    return shortened(name, kShownCharacters);
}

Result<void> expect_count(const ExpressionNode& node, std::size_t min, std::size_t max) {
    const auto count = node.children.size();
    if (count >= min && count <= max) return {};
    if (min == max) return wrong_count(node, fmt::format("{} arguments", min));
    return wrong_count(node, fmt::format("{} to {} arguments", min, max));
}

std::span<const std::string_view> special_function_names() {
    return kSpecial;
}

Result<bool> become_clock(ExpressionNode& node, const FunctionEnvironment& environment) {
    const auto& name = node.text;
    const bool is_day = name == "curdate" || name == "current_date";
    const bool is_utc = name == "utc_timestamp";
    const bool is_now = name == "now" || name == "current_timestamp" || name == "localtime" ||
                        name == "localtimestamp";
    const auto now = environment.now.unix_ms / 1000;
    if (name == "unix_timestamp" && node.children.empty()) {
        node.kind = Kind::integer;
        node.integer = now;
        node.text = fmt::format("{}", now);
        node.type = ValueType::integer;
        return true;
    }
    if (!is_day && !is_utc && !is_now) return false;
    auto time = local_time_of(is_utc ? now : environment.zone.local(now));
    if (!time) return Error(Code::invalid, "the clock of the server is not possible");
    if (!node.children.empty()) {  // now(3): digits behind the second
        const auto& digits = *node.children[0];
        const bool is_count = digits.kind == Kind::integer && digits.integer >= 0 &&
                              digits.integer <= kClockDigitsMax;
        if (is_day || node.children.size() > 1 || !is_count) {
            return wrong_count(node, is_day ? "no arguments" : "a number of digits or nothing");
        }
        auto unit = std::int64_t{1};
        for (auto i = digits.integer; i < kClockDigitsMax; ++i) unit *= 10;
        const auto fraction = environment.now.unix_ms % 1000 * 1000;
        time->microseconds += fraction - fraction % unit;
    }
    make_text(node, is_day ? ValueType::date : ValueType::datetime,
              is_day ? time->date_text() : time->datetime_text());
    return true;
}

Result<bool> become_shift(ExpressionNode& node) {
    auto& children = node.children;
    const auto name = node.text;
    std::optional<TimeUnit> unit;
    bool is_back = name == "date_sub" || name == "subdate";
    bool is_span = name == "timestampdiff";
    if (name == "timestampadd" || is_span) {
        TRY(expect_count(node, 3, 3));
        if (children[0]->kind == Kind::column) unit = time_unit_from(lower_case(children[0]->text));
        if (!unit) {
            return Error(Code::invalid, fmt::format("{} at {} begins with a unit of time like DAY",
                                                    name, node.position));
        }
        children.erase(children.begin());
        std::swap(children[0], children[1]);
    } else if (is_back || name == "date_add" || name == "adddate") {
        TRY(expect_count(node, 2, 2));
        unit = TimeUnit::day;
        auto& count = children[1];
        if (count->kind == Kind::interval) {
            unit = time_unit_from(count->text);
            if (!unit) {
                return Error(Code::invalid,
                             fmt::format("there is no unit of time {} for the INTERVAL at {}",
                                         shown_name(count->text), count->position));
            }
            auto inner = std::move(count->children[0]);
            count = std::move(inner);
        }
    } else {
        const auto underscore = name.rfind('_');
        if (underscore == std::string::npos) return false;
        const auto verb = std::string_view(name).substr(underscore + 1);
        if (verb != "add" && verb != "sub" && verb != "diff") return false;
        if (!name.substr(0, underscore).ends_with('s')) return false;
        unit = time_unit_from(std::string_view(name).substr(0, underscore));
        if (!unit) return false;
        TRY(expect_count(node, 2, 2));
        is_back = verb == "sub";
        is_span = verb == "diff";
    }
    if (is_back) children[1] = negated(std::move(children[1]));
    node.kind = is_span ? Kind::span : Kind::shift;
    node.integer = static_cast<std::int64_t>(*unit);
    node.type = is_span ? ValueType::integer : ValueType::datetime;
    node.is_loose = !is_span;  // a day alone stays one
    return true;
}

Result<bool> become_json(ExpressionNode& node) {
    static constexpr std::pair<std::string_view, JsonValue> kNames[] = {
        {"json_extract", JsonValue::document},       {"get_json_string", JsonValue::string},
        {"get_json_int", JsonValue::integer},        {"get_json_bigint", JsonValue::integer},
        {"get_json_double", JsonValue::real},        {"get_json_bool", JsonValue::boolean},
        {"json_extract_string", JsonValue::string},  {"json_extract_int", JsonValue::integer},
        {"json_extract_bigint", JsonValue::integer}, {"json_extract_double", JsonValue::real},
        {"json_extract_bool", JsonValue::boolean}};
    const auto* const found = std::find_if(std::begin(kNames), std::end(kNames),
                                           [&](const auto& row) { return row.first == node.text; });
    if (found == std::end(kNames)) return false;
    TRY(expect_count(node, 2, 2));
    const auto& path = *node.children[1];
    if (path.kind != Kind::text) {
        return Error(Code::invalid, fmt::format("the path at {} is not a text", path.position));
    }
    const auto steps = parse_json_path(path.text);
    if (!steps.ok()) {
        return Error(Code::invalid,
                     fmt::format("{} at {}", steps.error().client_text(), path.position));
    }
    node.kind = Kind::json;
    node.text = path.text;
    node.children.pop_back();
    node.integer = static_cast<std::int64_t>(found->second);
    switch (found->second) {
        case JsonValue::document:
        case JsonValue::string:
            node.type = ValueType::text;
            break;
        case JsonValue::integer:
            node.type = ValueType::integer;
            break;
        case JsonValue::real:
            node.type = ValueType::float64;
            break;
        case JsonValue::boolean:
            node.type = ValueType::boolean;
            break;
    }
    return true;
}

}  // namespace millrace::expressions
