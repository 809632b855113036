#include "storage/duckdb/parquet_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/shown_text.h"

namespace millrace::duckdb {
namespace {

constexpr std::uint64_t kDecimalDigitsMax = 38;  // of DuckDB
constexpr std::size_t kShownName = 50;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool is_nested(std::string_view type) {
    return type.ends_with(']') || type.starts_with("STRUCT(") || type.starts_with("MAP(") ||
           type.starts_with("UNION(") || type.starts_with("VARIANT");
}

bool is_of_word(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// The end of the name in quotes that begins at `begin`.
std::size_t end_of_name(std::string_view type, std::size_t begin) {
    for (auto at = begin + 1; at < type.size(); ++at) {
        if (type[at] != '"') continue;
        if (at + 1 == type.size() || type[at + 1] != '"') return at + 1;
        ++at;
    }
    return type.size();
}

// Bytes of the type at the front that JSON cannot have as it is, or 0.
std::size_t text_type_bytes(std::string_view type) {
    constexpr std::array<std::string_view, 4> kWords = {"TIMESTAMP WITH TIME ZONE",
                                                        "TIME WITH TIME ZONE", "BLOB", "DECIMAL"};
    for (const auto word : kWords) {
        const bool is_it = type.starts_with(word) &&
                           (type.size() == word.size() || !is_of_word(type[word.size()]));
        if (!is_it) continue;
        const bool has_digits = type.substr(word.size()).starts_with('(');
        return has_digits ? type.find(')') + 1 : word.size();
    }
    return 0;
}

// The same type with texts where JSON would lose digits or cannot have the bytes.
std::string json_type(std::string_view type) {
    std::string out;
    for (std::size_t at = 0; at < type.size();) {
        if (type[at] == '"') {
            const auto end = end_of_name(type, at);
            out += type.substr(at, end - at);
            at = end;
            continue;
        }
        const bool is_begin = at == 0 || !is_of_word(type[at - 1]);
        const auto bytes = is_begin ? text_type_bytes(type.substr(at)) : 0;
        // A name without quotes has its type behind it.
        const bool is_type = bytes > 0 && (at + bytes == type.size() || type[at + bytes] != ' ');
        if (is_type) {
            out += "VARCHAR";
            at += bytes;
        } else {
            out += type[at++];
        }
    }
    return out;
}

// "DECIMAL(9,9)", of which DuckDB writes 0.5 as ".5".
bool has_only_fraction(std::string_view type) {
    constexpr std::string_view kBefore = "DECIMAL(";
    if (!type.starts_with(kBefore) || !type.ends_with(')')) return false;
    type = type.substr(kBefore.size(), type.size() - kBefore.size() - 1);
    const auto comma = type.find(',');
    return comma != std::string_view::npos && type.substr(0, comma) == type.substr(comma + 1);
}

std::string expression_of(const DescribedColumn& column, bool keeps_json) {
    const auto name = quoted_name(column.name);
    const std::string_view type = column.type;
    if (type == "VARCHAR" || type == "BLOB") return name;
    if (is_nested(type)) {
        const auto as = json_type(type);
        const auto value = as == type ? name : fmt::format("CAST({} AS {})", name, as);
        return fmt::format("CAST(to_json({}) AS VARCHAR)", value);
    }
    if (type == "BOOLEAN" && !keeps_json) {
        return fmt::format("CAST(CAST({} AS TINYINT) AS VARCHAR)", name);
    }
    if (type == "TIMESTAMP WITH TIME ZONE") {
        return fmt::format("strftime(make_timestamp(epoch_us({})), '%Y-%m-%d %H:%M:%S.%fZ')", name);
    }
    // To microseconds, as tables have them.
    if (type.starts_with("TIMESTAMP")) {
        return fmt::format("CAST(CAST({} AS TIMESTAMP) AS VARCHAR)", name);
    }
    if (has_only_fraction(type)) {
        return fmt::format(R"(regexp_replace(CAST({} AS VARCHAR), '^(-?)[.]', '\10.'))", name);
    }
    return fmt::format("CAST({} AS VARCHAR)", name);
}

std::optional<std::size_t> find_column(const std::vector<DescribedColumn>& columns,
                                       std::string_view name) {
    const auto found = std::ranges::find_if(
        columns, [&](const DescribedColumn& column) { return is_same_name(column.name, name); });
    if (found == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
}

// For each column of the file the first decimal that is too long, or null.
std::vector<const SchemaElement*> long_decimals(const std::vector<SchemaElement>& schema) {
    std::vector<const SchemaElement*> found;
    for (std::size_t at = 1; at < schema.size();) {
        found.push_back(nullptr);
        for (std::uint64_t left = 1; left > 0 && at < schema.size(); ++at) {
            const auto& element = schema[at];
            left += element.children;
            --left;
            const bool is_first = found.back() == nullptr;
            if (is_first && element.digits > kDecimalDigitsMax) found.back() = &element;
        }
    }
    return found;
}

}  // namespace

std::string quoted_name(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
    return out;
}

SelectedColumns select_columns(const std::vector<DescribedColumn>& columns,
                               const std::vector<ParquetField>& fields) {
    SelectedColumns selected;
    selected.places.resize(fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto found = find_column(columns, fields[i].name);
        if (!found) continue;
        const auto& column = columns[*found];
        selected.places[i] = selected.expressions.size();
        selected.expressions.push_back(expression_of(column, fields[i].keeps_json));
        if (column.type == "BLOB") selected.binary.push_back(i);
    }
    return selected;
}

Result<void> check_decimals(const std::vector<DescribedColumn>& columns,
                            const std::vector<SchemaElement>& schema,
                            const std::vector<ParquetField>& fields) {
    const auto decimals = long_decimals(schema);
    for (const auto& field : fields) {
        const auto place = find_column(columns, field.name);
        if (!place || *place >= decimals.size() || decimals[*place] == nullptr) continue;
        const auto& [name, children, digits] = *decimals[*place];
        const auto column = shortened(columns[*place].name, kShownName);
        const auto where =
            name == columns[*place].name
                ? fmt::format("column {}", column)
                : fmt::format("column {} has {}, which", column, shortened(name, kShownName));
        return Error(Code::invalid,
                     fmt::format("the Parquet file cannot be read: its {} is a DECIMAL of {} "
                                 "digits, and {} are read at most; please write it as a string, "
                                 "or with fewer digits",
                                 where, digits, kDecimalDigitsMax));
    }
    return {};
}

}  // namespace millrace::duckdb
