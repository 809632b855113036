#include "api/cli/column_argument.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "api/config/client_line.h"
#include "core/model/column.h"
#include "core/model/data_type.h"

namespace millrace::cli {
namespace {

constexpr std::array kKinds = {ColumnType::uuid, ColumnType::datetime, ColumnType::ip,
                               ColumnType::body, ColumnType::headers};
constexpr std::array kTypes = {DataType::string,    DataType::integer, DataType::decimal,
                               DataType::float64,   DataType::boolean, DataType::date,
                               DataType::timestamp, DataType::json};

struct Suffixes {
    std::optional<DataType> type;
    bool is_key = false;
    bool is_required = false;
};

std::vector<std::string> type_names() {
    std::vector<std::string> names;
    for (const auto type : kTypes) names.emplace_back(to_string(type));
    return names;
}

Error refused(std::string_view argument, std::string_view why) {
    return Error(Code::invalid,
                 fmt::format("--column {}: {}. A column is NAME=PATH[:TYPE][:key][:required], as "
                             "id=order.id:INTEGER:key, or NAME=@datetime, @uuid, @ip, @body or "
                             "@headers",
                             argument, why));
}

bool is_shouted(std::string_view word) {
    return word.size() > 1 &&
           std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// Takes the words behind the last colons off the path.
Result<Suffixes> take_suffixes(std::string_view argument, std::string_view& path) {
    Suffixes found;
    for (auto colon = path.rfind(':'); colon != std::string_view::npos; colon = path.rfind(':')) {
        const auto word = path.substr(colon + 1);
        const auto type = data_type_from(word);
        if (word == "key" && !found.is_key) {
            found.is_key = true;
        } else if (word == "required" && !found.is_required) {
            found.is_required = true;
        } else if (type && !found.type) {
            found.type = type;
        } else if (is_shouted(word)) {
            if (type) return refused(argument, "it has two types");
            const auto names = type_names();
            return refused(
                argument, fmt::format("{} is no type, which are {}{}", word, fmt::join(names, ", "),
                                      config::suggestion(word, names)));
        } else {
            break;
        }
        path = path.substr(0, colon);
    }
    return found;
}

}  // namespace

Result<Json> parse_column(std::string_view argument) {
    const auto equals = argument.find('=');
    if (equals == std::string_view::npos) return refused(argument, "there is no \"=\"");
    const auto name = argument.substr(0, equals);
    auto path = argument.substr(equals + 1);
    if (name.empty()) return refused(argument, "there is no name before the \"=\"");
    TRY_ASSIGN(const auto suffixes, take_suffixes(argument, path));
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

}  // namespace millrace::cli
