#include "api/pinot/filter_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "api/pinot/pinot_type.h"
#include "api/pinot/transform_expression.h"

namespace millrace::pinot {
namespace {

using Kind = TransformExpression::Kind;

constexpr int kTransformsMax = 20;  // in each other
constexpr std::size_t kSqlBytesMax = 100'000;

// `sql` has $1, $2 and so on for the arguments, $* for all behind those.
struct Function {
    std::string_view name;
    std::size_t arguments_min;
    std::size_t arguments_max;
    std::string_view sql;
};

constexpr std::size_t kMany = 100;

constexpr std::array kFunctions = std::to_array<Function>({
    {"and", 1, kMany, "$* and"},
    {"or", 1, kMany, "$* or"},
    {"not", 1, 1, "not $1"},
    {"equals", 2, 2, "$1 = $2"},
    {"notequals", 2, 2, "$1 != $2"},
    {"lessthan", 2, 2, "$1 < $2"},
    {"lessthanorequal", 2, 2, "$1 <= $2"},
    {"greaterthan", 2, 2, "$1 > $2"},
    {"greaterthanorequal", 2, 2, "$1 >= $2"},
    {"between", 3, 3, "$1 between $2 and $3"},
    {"like", 2, 2, "$1 like $2"},
    {"isnull", 1, 1, "$1 is null"},
    {"isnotnull", 1, 1, "$1 is not null"},
    {"startswith", 2, 2, "starts_with($1, $2)"},
    {"endswith", 2, 2, "ends_with($1, $2)"},
    {"plus", 2, 2, "$1 + $2"},
    {"add", 2, 2, "$1 + $2"},
    {"minus", 2, 2, "$1 - $2"},
    {"sub", 2, 2, "$1 - $2"},
    {"times", 2, 2, "$1 * $2"},
    {"mult", 2, 2, "$1 * $2"},
    {"divide", 2, 2, "$1 / $2"},
    {"div", 2, 2, "$1 / $2"},
    {"mod", 2, 2, "mod($1, $2)"},
    {"abs", 1, 1, "abs($1)"},
    {"floor", 1, 1, "floor($1)"},
    {"ceil", 1, 1, "ceil($1)"},
    {"upper", 1, 1, "upper($1)"},
    {"lower", 1, 1, "lower($1)"},
    {"trim", 1, 1, "trim($1)"},
    {"length", 1, 1, "char_length($1)"},
    {"strlen", 1, 1, "char_length($1)"},
    {"replace", 3, 3, "replace($1, $2, $3)"},
    {"toepochseconds", 1, 1, "floor($1 / 1000)"},
    {"toepochminutes", 1, 1, "floor($1 / 60000)"},
    {"toepochhours", 1, 1, "floor($1 / 3600000)"},
    {"toepochdays", 1, 1, "floor($1 / 86400000)"},
    {"toepochsecondsrounded", 2, 2, "floor($1 / 1000 / $2) * $2"},
    {"toepochminutesrounded", 2, 2, "floor($1 / 60000 / $2) * $2"},
    {"toepochhoursrounded", 2, 2, "floor($1 / 3600000 / $2) * $2"},
    {"toepochdaysrounded", 2, 2, "floor($1 / 86400000 / $2) * $2"},
    {"toepochsecondsbucket", 2, 2, "floor($1 / 1000 / $2)"},
    {"toepochminutesbucket", 2, 2, "floor($1 / 60000 / $2)"},
    {"toepochhoursbucket", 2, 2, "floor($1 / 3600000 / $2)"},
    {"toepochdaysbucket", 2, 2, "floor($1 / 86400000 / $2)"},
    {"fromepochseconds", 1, 1, "$1 * 1000"},
    {"fromepochminutes", 1, 1, "$1 * 60000"},
    {"fromepochhours", 1, 1, "$1 * 3600000"},
    {"fromepochdays", 1, 1, "$1 * 86400000"},
    {"jsonpathstring", 2, 3, "json_extract_string($1, $2)"},
    {"jsonpathlong", 2, 3, "json_extract_bigint($1, $2)"},
    {"jsonpathdouble", 2, 3, "json_extract_double($1, $2)"},
});

// Those that are more than a text with gaps.
constexpr std::array<std::string_view, 3> kOthers = {"concat", "in", "substr"};

Error invalid(std::string text) {
    return Error(Code::invalid, std::move(text));
}

// As Pinot compares names of functions.
std::string canonical(std::string_view name) {
    std::string lower;
    for (const char c : name) {
        if (c == '_') continue;
        lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    return lower;
}

std::string sql_text(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\\') quoted += '\\';
        if (c == '\'') quoted += '\'';
        quoted += c;
    }
    return quoted + "'";
}

class RuleWriter {
public:
    RuleWriter(const PinotSchema& schema, const std::vector<PinotTransform>& transforms)
        : schema_(schema), transforms_(transforms) {}

    Result<std::string> write(const TransformExpression& expression) {
        switch (expression.kind) {
            case Kind::column:
                return write_column(expression.value);
            case Kind::text:
                return sql_text(expression.value);
            case Kind::number:
            case Kind::truth:
                return expression.value;
            case Kind::call:
                return write_call(expression);
        }
        return invalid("");
    }

    std::vector<kafka::DropRule::Field> fields() && { return std::move(fields_); }

private:
    // A value of the message wins over what a transform makes.
    Result<std::string> write_column(const std::string& column) {
        if (column.starts_with("__")) {
            return invalid(fmt::format("'{}' is no field of the message", column));
        }
        const auto field = variable_of(column);
        const auto transform = std::ranges::find(transforms_, column, &PinotTransform::column);
        if (transform == transforms_.end()) return field;
        if (++depth_ > kTransformsMax) return invalid("transforms use each other in a circle");
        TRY_ASSIGN(const auto expression, parse_transform(transform->function));
        TRY_ASSIGN(auto made, write(expression));
        --depth_;
        if (made.size() > kSqlBytesMax) return invalid("it is too long with its transforms");
        return fmt::format("ifnull({}, {})", field, made);
    }

    std::string variable_of(const std::string& column) {
        auto found = std::ranges::find(fields_, column, &kafka::DropRule::Field::field);
        if (found == fields_.end()) {
            const auto* const known = schema_.find(column);
            // Of a TIMESTAMP messages have milliseconds or texts.
            const bool has_type =
                known != nullptr && known->is_single && known->type != PinotType::timestamp;
            fields_.push_back({.name = fmt::format("c{}", fields_.size()),
                               .field = column,
                               .data_type = has_type ? stored_as(known->type) : DataType::string});
            found = fields_.end() - 1;
        }
        return fmt::format("`{}`", found->name);
    }

    Result<std::vector<std::string>> write_all(const TransformExpression& call) {
        std::vector<std::string> texts;
        for (const auto& argument : call.arguments) {
            TRY_ASSIGN(auto text, write(argument));
            texts.push_back(std::move(text));
        }
        return texts;
    }

    Result<std::string> write_call(const TransformExpression& call) {
        const auto name = canonical(call.value);
        const auto count = call.arguments.size();
        const bool is_other = std::ranges::find(kOthers, name) != kOthers.end();
        const auto* const function = std::ranges::find(kFunctions, name, &Function::name);
        if (!is_other && function == kFunctions.end()) {
            return invalid(
                fmt::format("there is no function '{}' for filters; docs/pinot.md has "
                            "the list",
                            call.value));
        }
        const auto least = is_other ? std::size_t{2} : function->arguments_min;
        const auto most =
            is_other ? (name == "in" ? kMany : std::size_t{3}) : function->arguments_max;
        if (count < least || count > most) {
            return invalid(fmt::format("'{}' does not take {} arguments", call.value, count));
        }
        TRY_ASSIGN(const auto texts, write_all(call));
        if (name == "in") return write_in(texts);
        if (name == "concat") {
            return count == 2 ? fmt::format("concat({}, {})", texts[0], texts[1])
                              : fmt::format("concat({}, {}, {})", texts[0], texts[2], texts[1]);
        }
        if (name == "substr") return write_substr(call, texts);
        if (function->sql.starts_with("$*")) return joined(texts, function->sql.substr(2));
        auto sql = "(" + filled(function->sql, texts) + ")";
        const bool has_default = name.starts_with("jsonpath") && count == 3;
        return has_default ? fmt::format("ifnull({}, {})", sql, texts[2]) : sql;
    }

    static std::string write_in(const std::vector<std::string>& texts) {
        std::string list;
        for (std::size_t i = 1; i < texts.size(); ++i) {
            list += fmt::format("{}{}", list.empty() ? "" : ", ", texts[i]);
        }
        return fmt::format("({} in ({}))", texts[0], list);
    }

    // substr(text, begin[, end]) counts from 0; the end -1 is that of the text.
    static Result<std::string> write_substr(const TransformExpression& call,
                                            const std::vector<std::string>& texts) {
        const bool is_to_end = texts.size() == 2 || call.arguments[2].value == "-1";
        if (is_to_end) return fmt::format("substring({}, {} + 1)", texts[0], texts[1]);
        return fmt::format("substring({0}, {1} + 1, {2} - {1})", texts[0], texts[1], texts[2]);
    }

    static std::string joined(const std::vector<std::string>& texts, std::string_view sign) {
        std::string sql = "(";
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (i > 0) sql += fmt::format("{} ", sign);
            sql += texts[i];
        }
        return sql + ")";
    }

    static std::string filled(std::string_view sql, const std::vector<std::string>& texts) {
        std::string text;
        for (std::size_t i = 0; i < sql.size(); ++i) {
            if (sql[i] != '$') {
                text.push_back(sql[i]);
            } else {
                text += texts.at(static_cast<std::size_t>(sql[++i] - '1'));
            }
        }
        return text;
    }

    const PinotSchema& schema_;
    const std::vector<PinotTransform>& transforms_;
    std::vector<kafka::DropRule::Field> fields_;
    int depth_ = 0;
};

}  // namespace

Result<kafka::DropRule> filter_rule(std::string_view function, const PinotSchema& schema,
                                    const std::vector<PinotTransform>& transforms) {
    TRY_ASSIGN(const auto expression, parse_transform(function));
    RuleWriter writer(schema, transforms);
    TRY_ASSIGN(auto sql, writer.write(expression));
    if (sql.size() > kSqlBytesMax) return invalid("it is too long");
    return kafka::DropRule{.expression = std::move(sql), .fields = std::move(writer).fields()};
}

std::vector<std::string_view> filter_functions() {
    std::vector<std::string_view> names(kOthers.begin(), kOthers.end());
    for (const auto& function : kFunctions) names.push_back(function.name);
    std::ranges::sort(names);
    return names;
}

}  // namespace millrace::pinot
