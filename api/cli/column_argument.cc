#include "api/cli/column_argument.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "api/cli/readable.h"
#include "api/cli/type_words.h"
#include "core/model/column.h"
#include "core/model/data_type.h"

namespace millrace::cli {
namespace {

constexpr std::array kKinds = {ColumnType::uuid, ColumnType::datetime, ColumnType::ip,
                               ColumnType::body, ColumnType::headers};
constexpr auto kWayOut =
    R"(A path that ends so has its last key in brackets, as ["dc:date"] or order["dc:date"])";

Error refused(std::string_view argument, std::string_view why) {
    return Error(Code::invalid,
                 fmt::format("column {}: {} A column is NAME=PATH[:TYPE][:key][:required], as "
                             "id=order.id:INTEGER:key, or NAME=@datetime, @uuid, @ip, @body or "
                             "@headers",
                             argument, as_sentence(why)));
}

}  // namespace

Result<Json> parse_column(std::string_view argument) {
    const auto equals = argument.find('=');
    if (equals == std::string_view::npos) return refused(argument, "there is no \"=\"");
    const auto name = argument.substr(0, equals);
    auto path = argument.substr(equals + 1);
    if (name.empty()) return refused(argument, "there is no name before the \"=\"");
    const auto words = take_type_words(path, kWayOut);
    if (!words.ok()) return refused(argument, words.error().client_text());
    const auto& suffixes = words.value();
    if (path.empty()) return refused(argument, "there is no path");

    Json column = {{"type", "path"}, {"name", std::string(name)}};
    if (suffixes.is_key) column["primaryKey"] = true;
    if (suffixes.type) column["dataType"] = std::string(to_string(*suffixes.type));
    if (path.front() == '@') {
        const auto kind = path.substr(1);
        const auto known =
            std::ranges::find_if(kKinds, [&](ColumnType type) { return to_string(type) == kind; });
        if (known == kKinds.end()) {
            return refused(argument, fmt::format("{} is nothing of an event", path));
        }
        if (suffixes.is_required) return refused(argument, "only a path can be required");
        column["type"] = std::string(kind);
        return column;
    }
    column["path"] = std::string(path);
    // As JSON a string is what it was sent as, with its quotes.
    if (suffixes.type != DataType::json) column["rawString"] = true;
    if (!suffixes.is_key && !suffixes.is_required) column["defaultValue"] = "";
    return column;
}

Json plain_column(Json column) {
    if (text_at(column, {"dataType"}) == "STRING") column.erase("dataType");
    for (const auto* flag : {"primaryKey", "rawString"}) {
        if (member(column, {flag}) == false) column.erase(flag);
    }
    for (auto field = column.begin(); field != column.end();) {
        field = field->is_null() ? column.erase(field) : std::next(field);
    }
    for (const auto* of_answers : {"engine", "engineReason"}) column.erase(of_answers);
    if (text_at(column, {"type"}) == "id") column["type"] = "uuid";
    if (text_at(column, {"type"}) == "json") column["type"] = "path";
    return column;
}

bool is_same_column(const Json& a, const Json& b) {
    return is_equal(plain_column(a), plain_column(b));
}

std::optional<std::string> column_text(const Json& given) {
    const auto column = plain_column(given);
    const auto type = text_at(column, {"type"});
    auto text = text_at(column, {"name"}) + "=";
    text += type == "path" ? text_at(column, {"path"}) : "@" + type;
    const auto data_type = text_at(column, {"dataType"});
    if (!data_type.empty() && data_type != "STRING") text += ":" + data_type;
    const bool is_key = member(column, {"primaryKey"}) == true;
    if (is_key) text += ":key";
    const bool is_required = type == "path" && member(column, {"defaultValue"}).is_null();
    if (is_required && !is_key) text += ":required";
    const auto read = parse_column(text);
    if (!read.ok() || !is_same_column(read.value(), column)) return std::nullopt;
    return text;
}

}  // namespace millrace::cli
