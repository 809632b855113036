#include "api/cli/column_mistakes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "api/config/client_line.h"
#include "core/model/column.h"
#include "core/model/column_rules.h"
#include "core/model/data_type.h"
#include "core/model/time_form.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kNameMax = 128;  // characters
constexpr std::size_t kTextMax = 4096;
constexpr std::size_t kArgumentMax = 256;
constexpr std::array<std::string_view, 2> kReservedPrefixes = {"sqlite_", "_millrace"};
constexpr std::array kTypes = {ColumnType::uuid,
                               ColumnType::datetime,
                               ColumnType::ip,
                               ColumnType::body,
                               ColumnType::headers,
                               ColumnType::path,
                               ColumnType::jsonnet,
                               ColumnType::event_id,
                               ColumnType::header,
                               ColumnType::query,
                               ColumnType::client_certificate,
                               ColumnType::kafka_key,
                               ColumnType::kafka_topic,
                               ColumnType::kafka_partition,
                               ColumnType::kafka_offset,
                               ColumnType::kafka_timestamp,
                               ColumnType::kafka_header};
constexpr std::array kDataTypes = {DataType::string,    DataType::integer, DataType::decimal,
                                   DataType::float64,   DataType::boolean, DataType::date,
                                   DataType::timestamp, DataType::json};

// As the service counts.
std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

template <typename Values>
std::vector<std::string> names_of(const Values& values) {
    std::vector<std::string> names;
    for (const auto value : values) names.emplace_back(to_string(value));
    return names;
}

class ColumnCheck {
public:
    explicit ColumnCheck(const Json& column) : column_(column) {}

    std::vector<std::string> take() { return std::move(mistakes_); }

    void check_name() {
        const auto name = text("name", 1, kNameMax);
        if (!name) {
            if (is_absent("name")) add("it needs \"name\"");
            return;
        }
        const bool has_control = std::ranges::any_of(
            *name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
        if (has_control) add("its name has control characters");
        for (const auto prefix : kReservedPrefixes) {
            if (folded_name(*name).starts_with(prefix)) {
                add(fmt::format("names that begin with {} are reserved", prefix));
            }
        }
    }

    bool flag(const char* field) {
        const auto& value = member(column_, {field});
        if (!value.is_null() && !value.is_boolean()) {
            add(fmt::format("\"{}\" must be true or false", field));
        }
        return value == true;
    }

    // Nothing if it is not there, or no text.
    std::optional<std::string> text(const char* field, std::size_t least, std::size_t most) {
        const auto& value = member(column_, {field});
        if (value.is_null()) return std::nullopt;
        if (!value.is_string()) {
            add(fmt::format("\"{}\" must be a text{}", field,
                            value.is_structured() ? "" : ": put it into quotes"));
            return std::nullopt;
        }
        auto given = value.get<std::string>();
        const auto length = characters(given);
        if (length < least || length > most) {
            add(fmt::format("\"{}\" must have {} to {} characters, and has {}", field, least, most,
                            length));
        }
        return given;
    }

    std::optional<DataType> data_type(const Json& value) {
        if (value.is_null()) return DataType::string;
        const auto type =
            value.is_string() ? data_type_from(value.get<std::string>()) : std::nullopt;
        if (!type) add_unknown("dataType", value, names_of(kDataTypes));
        return type;
    }

    // A type, or {type, from}.
    std::optional<DataType> stored_type() {
        const auto& value = member(column_, {"dataType"});
        if (!value.is_object()) return data_type(value);
        for (const auto& [key, _] : value.items()) {
            if (key != "type" && key != "from") {
                add(fmt::format("unknown key \"{}\" of dataType, there are type, from", key));
            }
        }
        if (member(value, {"type"}).is_null()) add("\"dataType\" needs \"type\"");
        const auto type = data_type(member(value, {"type"}));
        const auto& from = member(value, {"from"});
        if (!from.is_string() || !time_form_from(from.get<std::string>())) {
            add("\"from\" of dataType must be one of epoch-s, epoch-ms, epoch-us, epoch-ns, "
                "rfc2822");
        } else if (type && *type != DataType::timestamp) {
            add("\"from\" of dataType needs the type TIMESTAMP");
        }
        return type;
    }

    std::optional<ColumnType> type() {
        const auto& value = member(column_, {"type"});
        const auto found =
            value.is_string() ? column_type_from(value.get<std::string>()) : std::nullopt;
        if (value.is_null()) {
            add("it needs \"type\"");
        } else if (!found) {
            add_unknown("type", value, names_of(kTypes));
        }
        return found;
    }

    void check_template() {
        const auto& value = member(column_, {"template"});
        if (value.is_null()) return;
        if (!value.is_object()) return add("\"template\" must have keys with values");
        for (const auto& [key, _] : value.items()) {
            if (key != "language" && key != "content") {
                add(fmt::format("unknown key \"{}\" of template, there are language, content",
                                key));
            }
        }
        if (member(value, {"language"}) != "jsonnet") add("the language of a template is jsonnet");
        const auto& content = member(value, {"content"});
        const auto length =
            content.is_string() ? characters(content.get<std::string>()) : std::size_t{0};
        if (length < 1 || length > kTextMax) {
            add(fmt::format("the content of a template is a text of 1 to {} characters", kTextMax));
        }
    }

    // Which fields the type has to have, and which it may have.
    void check_fields(ColumnType type) {
        const auto needs = [&](const char* field) {
            if (is_absent(field) || member(column_, {field}) == "") {
                add(fmt::format("the type {} needs \"{}\"", to_string(type), field));
            }
        };
        const auto has_none = [&](const char* field) {
            if (!is_absent(field)) {
                add(fmt::format("the type {} has no \"{}\"", to_string(type), field));
            }
        };
        for (const auto* field : {"header", "parameter"}) {
            if (argument_field(type) == field) {
                needs(field);
            } else {
                has_none(field);
            }
        }
        const bool is_path = type == ColumnType::path;
        const bool is_template = type == ColumnType::jsonnet;
        if (is_path) needs("path");
        if (!is_path) has_none("path");
        if (is_template) needs("template");
        if (!is_template) has_none("template");
        if (!is_path && !is_template) has_none("rawString");
        if (!may_be_missing(type)) has_none("defaultValue");
    }

    void add(std::string text) { mistakes_.push_back(std::move(text)); }

private:
    bool is_absent(const char* field) const { return member(column_, {field}).is_null(); }

    void add_unknown(std::string_view field, const Json& value,
                     const std::vector<std::string>& known) {
        const auto given = value.is_string() ? value.get<std::string>() : value.dump();
        const auto meant = config::suggestion(given, known);
        add(fmt::format("\"{}\" is no {}{} {} {}", given, field, meant.empty() ? "," : meant,
                        meant.empty() ? "there are" : "There are", fmt::join(known, ", ")));
    }

    const Json& column_;
    std::vector<std::string> mistakes_;
};

}  // namespace

std::vector<std::string> column_mistakes(const Json& column) {
    ColumnCheck check(column);
    check.check_name();
    const auto type = check.type();
    check.flag("primaryKey");
    check.flag("rawString");
    const auto data_type = check.stored_type();
    check.text("path", 0, kTextMax);
    check.text("defaultValue", 0, kTextMax);
    check.text("header", 1, kArgumentMax);
    check.text("parameter", 1, kArgumentMax);
    check.check_template();
    if (type) check.check_fields(*type);
    if (type && data_type && !can_be(*type, *data_type)) {
        check.add(fmt::format("the type {} cannot have the dataType {}", to_string(*type),
                              to_string(*data_type)));
    }
    return check.take();
}

std::vector<std::string> table_column_mistakes(const Json& column) {
    ColumnCheck check(column);
    check.check_name();
    const bool is_key = check.flag("primaryKey");
    const bool is_nullable = check.flag("nullable");
    if (is_key && is_nullable) check.add("a column of the primary key cannot be nullable");
    check.data_type(member(column, {"dataType"}));
    return check.take();
}

std::string folded_name(std::string_view name) {
    std::string folded(name);
    std::ranges::transform(folded, folded.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return folded;
}

}  // namespace millrace::cli
