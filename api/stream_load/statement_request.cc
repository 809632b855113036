#include "api/stream_load/statement_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "api/stream_load/answer_texts.h"
#include "core/base/shown_text.h"

namespace millrace::stream_load {
namespace {

constexpr std::size_t kShownMax = 60;

// Headers of the same names.
constexpr std::array<std::string_view, 15> kProperties = {
    "format",        "column_separator",  "line_delimiter",     "enclose",
    "escape",        "skip_lines",        "trim_double_quotes", "empty_field_as_null",
    "compress_type", "read_json_by_line", "strip_outer_array",  "json_root",
    "num_as_string", "fuzzy_parse",       "strict_mode",
};

// What a statement says in another way.
struct Replaced {
    std::string_view header;
    std::string_view by;
};
constexpr std::array<Replaced, 6> kReplaced = {{
    {.header = "columns", .by = "the columns of INSERT and the expressions of SELECT"},
    {.header = "where", .by = "WHERE"},
    {.header = "jsonpaths", .by = "the keys in SELECT, or json_extract()"},
    {.header = "hidden_columns", .by = "the columns of INSERT"},
    {.header = "merge_type", .by = "__DORIS_DELETE_SIGN__ among the columns of INSERT"},
    {.header = "delete", .by = "__DORIS_DELETE_SIGN__ among the columns of INSERT"},
}};

Result<void> refuse_replaced(std::string_view name) {
    for (const auto& replaced : kReplaced) {
        if (!http::equal_ignoring_case(name, replaced.header)) continue;
        return invalid_argument(
            fmt::format("'{}' is not there in a load by SQL, please say it by {}", replaced.header,
                        replaced.by));
    }
    return {};
}

Result<void> check_property(const InsertSelect::Property& property) {
    TRY(refuse_replaced(property.name));
    if (std::find(kProperties.begin(), kProperties.end(), property.name) == kProperties.end()) {
        return analysis_error(fmt::format("Unknown property of http_stream: {}",
                                          shortened(property.name, kShownMax)));
    }
    const bool has_names = property.name == "format" && property.value.size() > 3 &&
                           http::equal_ignoring_case(property.value.substr(0, 4), "csv_");
    if (!has_names) return {};
    return not_implemented(
        fmt::format("the format {} in a load by SQL: please send csv, skip the lines of names by "
                    "\"skip_lines\", and call the columns c1, c2 and so on",
                    shortened(property.value, kShownMax)));
}

// Adds a header that the statement gives; it may be there already, if it says the same.
Result<void> add(std::vector<http::Header>& headers, std::string_view name,
                 std::string_view value) {
    for (const auto& header : headers) {
        if (!http::equal_ignoring_case(header.name, name)) continue;
        if (header.value == value) return {};
        return invalid_argument(fmt::format("the header '{}' is {}, and the statement says {}",
                                            name, shortened(header.value, kShownMax),
                                            shortened(value, kShownMax)));
    }
    headers.push_back({.name = name, .value = value});
    return {};
}

Result<InsertSelect> read_statement(const http::SentHeaders& headers) {
    if (headers.has_several("sql")) {
        return invalid_argument("the header 'sql' is given more than once");
    }
    const auto sql = headers.text("sql");
    if (sql.empty()) {
        return invalid_argument(
            "the header 'sql' is missing: INSERT INTO db.t (columns) SELECT ... FROM "
            "http_stream(...)");
    }
    TRY_ASSIGN(auto statement, parse_insert_select(sql));
    for (const auto& property : statement.properties) TRY(check_property(property));
    for (const auto& header : headers.all()) {
        if (!header.value.empty()) TRY(refuse_replaced(header.name));
    }
    return statement;
}

}  // namespace

Result<void> read_statement_headers(const http::SentHeaders& headers, LoadRequest& request) {
    auto statement = read_statement(headers);
    if (!statement.ok()) {
        // For what every answer says again.
        static_cast<void>(read_load_headers(headers, request).ok());
        return std::move(statement).error();
    }
    request.statement = std::move(statement).value();
    auto all = headers.all();
    auto added = request.statement->label.empty() ? Result<void>()
                                                  : add(all, "label", request.statement->label);
    for (const auto& property : request.statement->properties) {
        if (added.ok()) added = add(all, property.name, property.value);
    }
    TRY(read_load_headers(http::SentHeaders(std::move(all)), request));
    return added;
}

}  // namespace millrace::stream_load
