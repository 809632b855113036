#include "api/control/suggested_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "core/base/shown_text.h"
#include "core/mapping/path.h"

namespace millrace::control {
namespace {

constexpr std::size_t kLevelsMax = 3;  // of columns
constexpr std::size_t kFieldsMax = 500;
constexpr std::size_t kItemsMax = 5;  // of an array whose fields are listed
constexpr std::size_t kExampleMax = 120;
constexpr std::size_t kNameMax = 100;
constexpr std::size_t kPathMax = 4096;

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The path of a field in the object at `parent`; a key that is not plain is quoted.
std::string path_to(const std::string& parent, const std::string& key) {
    const bool is_plain = !key.empty() && std::ranges::all_of(key, [](char c) {
        return is_letter_or_digit(c) || c == '_' || c == '-' || static_cast<unsigned char>(c) > 127;
    });
    if (is_plain) return parent.empty() ? key : parent + "." + key;
    std::string quoted;
    for (const char c : key) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return fmt::format("{}[\"{}\"]", parent, quoted);
}

// "order.customer-Name" is order_customer_name.
std::string name_of(std::string_view path) {
    std::string name;
    char before = '_';
    for (const char c : path) {
        const bool is_upper = c >= 'A' && c <= 'Z';
        const bool ends_word = (before >= 'a' && before <= 'z') || (before >= '0' && before <= '9');
        if (is_upper && ends_word) name += '_';
        if (is_upper) {
            name += static_cast<char>(c - 'A' + 'a');
        } else if (is_letter_or_digit(c)) {
            name += c;
        } else if (!name.empty() && name.back() != '_') {
            name += '_';
        }
        before = c;
    }
    while (!name.empty() && name.back() == '_') name.pop_back();
    name = name.substr(0, kNameMax);
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')) name.insert(0, "field_");
    // Names that a table keeps for itself.
    if (name.starts_with("sqlite_") || name.starts_with("millrace")) name.insert(0, "field_");
    return name;
}

std::string_view type_name(const OrderedJson& value) {
    if (value.is_string()) return "string";
    if (value.is_number()) return "number";
    if (value.is_boolean()) return "boolean";
    if (value.is_object()) return "object";
    return value.is_array() ? "array" : "null";
}

std::string text_of(const OrderedJson& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

// Of more digits than INTEGER and DOUBLE keep. Of what has no room in 64 bits the JSON reader has
// made the nearest double.
bool is_long_integer(const OrderedJson& value) {
    constexpr double kDecimalEnd = 1e38;
    if (value.is_number_integer()) return true;
    const auto number = value.get<double>();
    return std::trunc(number) == number && std::abs(number) >= 0x1p63 &&
           std::abs(number) < kDecimalEnd;
}

DataType data_type_of(const OrderedJson& value) {
    if (value.is_boolean()) return DataType::boolean;
    if (value.is_object() || value.is_array()) return DataType::json;
    const auto text = text_of(value);
    if (value.is_number()) {
        if (fits(DataType::integer, text)) return DataType::integer;
        return is_long_integer(value) ? DataType::decimal : DataType::float64;
    }
    if (!value.is_string() || text.empty()) return DataType::string;
    if (fits(DataType::date, text)) return DataType::date;
    // A bare number of digits may be read as a time, and means none.
    const bool has_time = text.find(':') != std::string::npos;
    return has_time && fits(DataType::timestamp, text) ? DataType::timestamp : DataType::string;
}

Column column_of(ColumnType type, std::string name) {
    Column column;
    column.type = type;
    column.name = std::move(name);
    return column;
}

class Suggester {
public:
    explicit Suggester(std::size_t columns_max) : columns_max_(columns_max) {}

    void add_context() {
        auto id = column_of(ColumnType::uuid, "id");
        id.primary_key = true;
        add(std::move(id), "", "A new id for every event.");
        auto at = column_of(ColumnType::datetime, "at");
        at.data_type = DataType::timestamp;
        add(std::move(at), "", "When the event arrived.");
    }

    void add_body() { add(column_of(ColumnType::body, "body"), "", "The body as it was sent."); }

    void add_object(const OrderedJson& object, const std::string& path, std::size_t level) {
        for (const auto& [key, value] : object.items()) {
            const auto at = path_to(path, key);
            if (at.size() > kPathMax || !mapping::check_path(at).ok()) continue;
            const bool is_opened = value.is_object() && !value.empty() && level < kLevelsMax;
            if (is_opened) {
                add_object(value, at, level + 1);
            } else {
                add_value(value, at);
            }
        }
    }

    void list_fields(const OrderedJson& value, const std::string& path) {
        if (value.is_object()) {
            for (const auto& [key, item] : value.items()) list_field(item, path_to(path, key));
        } else if (value.is_array()) {
            for (std::size_t i = 0; i < std::min(value.size(), kItemsMax); ++i) {
                list_field(value[i], fmt::format("{}[{}]", path, i));
            }
        }
    }

    Suggestion take() { return std::move(suggestion_); }

private:
    void list_field(const OrderedJson& value, const std::string& path) {
        if (suggestion_.fields.size() == kFieldsMax) {
            suggestion_.is_cut = true;
            return;
        }
        if (path.size() > kPathMax || !mapping::check_path(path).ok()) return;
        suggestion_.fields.push_back({.path = path,
                                      .type = std::string(type_name(value)),
                                      .example = shortened(text_of(value), kExampleMax)});
        list_fields(value, path);
    }

    void add_value(const OrderedJson& value, const std::string& path) {
        auto column = column_of(ColumnType::path, name_of(path));
        column.data_type = data_type_of(value);
        column.path = path;
        column.default_value = "";  // an event without the field is taken all the same
        column.raw_string = !is_unquoted(column.data_type);
        add(std::move(column), shortened(text_of(value), kExampleMax), "");
    }

    void add(Column column, std::string example, std::string note) {
        auto& columns = suggestion_.columns;
        if (columns.size() == columns_max_) {
            suggestion_.is_cut = true;
            return;
        }
        const auto wanted = column.name;
        for (int n = 2; !names_.insert(column.name).second; ++n) {
            column.name = fmt::format("{}_{}", wanted, n);
        }
        columns.push_back(
            {.column = std::move(column), .example = std::move(example), .note = std::move(note)});
    }

    const std::size_t columns_max_;
    Suggestion suggestion_;
    std::set<std::string> names_;  // all in lower case
};

}  // namespace

Suggestion suggest_columns(const OrderedJson& body, std::size_t columns_max) {
    Suggester suggester(columns_max);
    suggester.add_context();
    if (body.is_object() && !body.empty()) {
        suggester.add_object(body, "", 1);
    } else {
        suggester.add_body();
    }
    suggester.list_fields(body, "");
    return suggester.take();
}

Suggestion suggest_whole_body() {
    Suggester suggester(3);
    suggester.add_context();
    suggester.add_body();
    return suggester.take();
}

}  // namespace millrace::control
