#include "api/cli/table_column.h"

#include <fmt/format.h>

#include <iterator>

#include "api/cli/readable.h"
#include "api/cli/type_words.h"

namespace millrace::cli {
namespace {

// As answers have it, without what is the default.
Json full(Json column) {
    for (auto field = column.begin(); field != column.end();) {
        field = field->is_null() ? column.erase(field) : std::next(field);
    }
    if (!column.contains("dataType")) column["dataType"] = "STRING";
    if (!column.contains("primaryKey")) column["primaryKey"] = false;
    if (!column.contains("nullable")) column["nullable"] = column["primaryKey"] == false;
    return column;
}

}  // namespace

Result<Json> parse_table_column(std::string_view text) {
    auto name = text;
    const auto words = take_type_words(
        name, "A name that ends so is for apply: {name: \"dc:date\"}, or for the REST API");
    if (!words.ok() || name.empty()) {
        return Error(
            Code::invalid,
            fmt::format(
                "column {}: {} A column is NAME[:TYPE][:key][:required], as "
                "id:INTEGER:key",
                text, as_sentence(words.ok() ? "there is no name" : words.error().client_text())));
    }
    Json column = {{"name", std::string(name)}};
    if (words.value().type) column["dataType"] = std::string(to_string(*words.value().type));
    if (words.value().is_key) column["primaryKey"] = true;
    if (words.value().is_required) column["nullable"] = false;
    return column;
}

std::string table_column_line(const Json& column) {
    if (auto text = table_column_text(column)) return *text;
    // The order of its fields says nothing.
    return nlohmann::json(full(column))
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<std::string> table_column_text(const Json& given) {
    const auto column = full(given);
    auto text = text_at(column, {"name"});
    if (const auto type = text_at(column, {"dataType"}); type != "STRING") text += ":" + type;
    const bool is_key = column["primaryKey"] == true;
    if (is_key) text += ":key";
    if (!is_key && column["nullable"] == false) text += ":required";
    const auto read = parse_table_column(text);
    if (!read.ok() || !is_equal(full(read.value()), column)) return std::nullopt;
    return text;
}

}  // namespace millrace::cli
