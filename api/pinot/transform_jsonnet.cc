#include "api/pinot/transform_jsonnet.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "api/pinot/transform_expression.h"

namespace millrace::pinot {
namespace {

using Kind = TransformExpression::Kind;

// A function that is Jsonnet with its arguments in place of $1, $2 and so on.
struct Function {
    std::string_view name;  // in lower case
    std::size_t arguments = 1;
    std::string_view jsonnet;
    bool is_of_numbers = false;  // a text among its arguments is read as one, as Pinot does
};

constexpr std::string_view kDays =
    "local days(y, m, d) = local a = if m <= 2 then y - 1 else y, e = std.floor(a / 400), "
    "b = a - e * 400; e * 146097 + b * 365 + std.floor(b / 4) - std.floor(b / 100) + "
    "std.floor((153 * (if m > 2 then m - 3 else m + 9) + 2) / 5) + d - 719469; ";
constexpr std::string_view kCivil =
    "local civil(t) = local z = std.floor(t / 86400000), r = t - z * 86400000, q = z + 719468, "
    "e = std.floor(q / 146097), o = q - e * 146097, "
    "b = std.floor((o - std.floor(o / 1460) + std.floor(o / 36524) - std.floor(o / 146096)) / "
    "365), "
    "n = o - (365 * b + std.floor(b / 4) - std.floor(b / 100)), p = std.floor((5 * n + 2) / 153), "
    "m = if p < 10 then p + 3 else p - 9; {y: b + e * 400 + (if m <= 2 then 1 else 0), M: m, "
    "d: n - std.floor((153 * p + 2) / 5) + 1, H: std.floor(r / 3600000), "
    "m: std.floor(r / 60000) % 60, s: std.floor(r / 1000) % 60, S: std.floor(r) % 1000}; ";
constexpr std::string_view kDig =
    "local dig(v, k) = std.foldl(function(a, i) if std.isObject(a) && std.isString(i) && "
    "std.objectHas(a, i) then a[i] else if std.isArray(a) && std.isNumber(i) && i < std.length(a) "
    "then a[i] else null, k, if std.isString(v) then std.parseJson(v) else v); ";

// Fails where the text is no number: the record is a reject then, and no wrong value.
constexpr std::string_view kNum =
    "local num(v) = local n = if std.isString(v) then std.parseJson(v) else v; "
    "if std.isNumber(n) then n else error 'it is no number'; ";

constexpr std::array<Function, 33> kFunctions{{
    {"toepochseconds", 1, "std.floor($1 / 1000)", true},
    {"toepochminutes", 1, "std.floor($1 / 60000)", true},
    {"toepochhours", 1, "std.floor($1 / 3600000)", true},
    {"toepochdays", 1, "std.floor($1 / 86400000)", true},
    {"toepochsecondsrounded", 2, "std.floor($1 / 1000 / $2) * $2", true},
    {"toepochminutesrounded", 2, "std.floor($1 / 60000 / $2) * $2", true},
    {"toepochhoursrounded", 2, "std.floor($1 / 3600000 / $2) * $2", true},
    {"toepochdaysrounded", 2, "std.floor($1 / 86400000 / $2) * $2", true},
    {"toepochsecondsbucket", 2, "std.floor($1 / 1000 / $2)", true},
    {"toepochminutesbucket", 2, "std.floor($1 / 60000 / $2)", true},
    {"toepochhoursbucket", 2, "std.floor($1 / 3600000 / $2)", true},
    {"toepochdaysbucket", 2, "std.floor($1 / 86400000 / $2)", true},
    {"fromepochseconds", 1, "$1 * 1000", true},
    {"fromepochminutes", 1, "$1 * 60000", true},
    {"fromepochhours", 1, "$1 * 3600000", true},
    {"fromepochdays", 1, "$1 * 86400000", true},
    {"plus", 2, "$1 + $2", true},
    {"add", 2, "$1 + $2", true},
    {"minus", 2, "$1 - $2", true},
    {"sub", 2, "$1 - $2", true},
    {"times", 2, "$1 * $2", true},
    {"mult", 2, "$1 * $2", true},
    {"divide", 2, "$1 / $2", true},
    {"div", 2, "$1 / $2", true},
    {"abs", 1, "std.abs($1)", true},
    {"floor", 1, "std.floor($1)", true},
    {"ceil", 1, "std.ceil($1)", true},
    {"upper", 1, "std.asciiUpper('' + $1)"},
    {"lower", 1, "std.asciiLower('' + $1)"},
    {"trim", 1, "std.stripChars('' + $1, ' \\t\\n\\r')"},
    {"length", 1, "std.length('' + $1)"},
    {"jsonformat", 1, "$1"},
    {"replace", 3, "std.strReplace('' + $1, '' + $2, '' + $3)"},
}};

// Null: there is none of that name.
const Function* find_function(std::string_view canonical_name) {
    const auto* const found = std::ranges::find(kFunctions, canonical_name, &Function::name);
    return found == kFunctions.end() ? nullptr : found;
}

// Those that are more than a text with gaps.
constexpr std::array<std::string_view, 9> kOthers = {
    "concat",       "fromdatetime",   "jsonpath", "jsonpatharray", "jsonpathdouble",
    "jsonpathlong", "jsonpathstring", "substr",   "todatetime"};

// As Pinot compares names of functions.
std::string canonical(std::string_view name) {
    std::string lower;
    for (const char c : name) {
        if (c == '_') continue;
        lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    return lower;
}

Error invalid(std::string text) {
    return Error(Code::invalid, std::move(text));
}

// One run of equal letters of a pattern, or other text.
struct PatternPart {
    char letter = 0;  // 0: text
    std::size_t width = 0;
    std::string text = {};
};

// Patterns of fixed width: yyyy MM dd HH mm ss SSS, 'quoted' text and marks.
Result<std::vector<PatternPart>> read_pattern(std::string_view pattern) {
    constexpr std::string_view kLetters = "yMdHmsS";
    std::vector<PatternPart> parts;
    for (std::size_t i = 0; i < pattern.size();) {
        const char c = pattern[i];
        if (c == '\'') {
            const auto end = pattern.find('\'', i + 1);
            if (end == std::string_view::npos) return invalid("a quote of the pattern has no end");
            auto text = std::string(pattern.substr(i + 1, end - i - 1));
            if (text.empty()) text = "'";
            parts.push_back({.text = std::move(text)});
            i = end + 1;
            continue;
        }
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter) {
            parts.push_back({.text = std::string(1, c)});
            ++i;
            continue;
        }
        const auto end = std::min(pattern.find_first_not_of(c, i), pattern.size());
        const std::size_t wanted = c == 'y' ? 4 : c == 'S' ? 3 : 2;
        if (kLetters.find(c) == std::string_view::npos || end - i != wanted) {
            return invalid(
                fmt::format("the pattern '{}' has '{}': only yyyy, MM, dd, HH, mm, ss "
                            "and SSS are there, in UTC",
                            pattern, pattern.substr(i, end - i)));
        }
        parts.push_back({.letter = c, .width = wanted});
        i = end;
    }
    return parts;
}

// Writes Jsonnet, and remembers what it needs before it.
class Writer {
public:
    Result<std::string> write(const TransformExpression& expression) {
        switch (expression.kind) {
            case Kind::column:
                return variable_of(expression.value);
            case Kind::text:
                return jsonnet_text(expression.value);
            case Kind::number:
            case Kind::truth:
                return expression.value;
            case Kind::call:
                return write_call(expression);
        }
        return invalid("");
    }

    std::string prelude() const {
        std::string text;
        if (uses_days_) text += kDays;
        if (uses_civil_) text += kCivil;
        if (uses_dig_) text += kDig;
        if (uses_num_) text += kNum;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            text += fmt::format("local c{} = Body({}, null); ", i,
                                jsonnet_text(path_of_column(columns_[i])));
        }
        return text;
    }

    // True where a column that it needs has no value.
    std::string missing() const {
        std::string text;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (std::ranges::find(optional_, i) != optional_.end()) continue;
            text += fmt::format("{}c{} == null", text.empty() ? "" : " || ", i);
        }
        return text.empty() ? "false" : text;
    }

private:
    std::string variable_of(const std::string& column) {
        auto found = std::ranges::find(columns_, column);
        if (found == columns_.end()) {
            columns_.push_back(column);
            found = columns_.end() - 1;
        }
        return fmt::format("c{}", found - columns_.begin());
    }

    Result<std::string> write_call(const TransformExpression& call) {
        const auto name = canonical(call.value);
        if (name == "concat") return write_concat(call);
        if (name == "substr") return write_substr(call);
        if (name == "fromdatetime" || name == "todatetime") return write_date_time(call, name);
        if (name.starts_with("jsonpath")) return write_json_path(call, name);
        const auto* const function = find_function(name == "strlen" ? "length" : name);
        if (function == nullptr) {
            return invalid(fmt::format("there is no function '{}' here; docs/pinot.md has the list",
                                       call.value));
        }
        if (call.arguments.size() != function->arguments) {
            return invalid(fmt::format("'{}' takes {} arguments, not {}", call.value,
                                       function->arguments, call.arguments.size()));
        }
        std::vector<std::string> arguments;
        for (const auto& argument : call.arguments) {
            TRY_ASSIGN(auto text, write(argument));
            arguments.push_back(std::move(text));
        }
        std::string text = "(";
        for (std::size_t i = 0; i < function->jsonnet.size(); ++i) {
            const char c = function->jsonnet[i];
            if (c != '$') {
                text.push_back(c);
                continue;
            }
            const auto at = static_cast<std::size_t>(function->jsonnet[++i] - '1');
            text += function->is_of_numbers ? number_of(call.arguments[at], arguments[at])
                                            : arguments[at];
        }
        return text + ")";
    }

    // The value of an argument as a number. What is computed is one.
    std::string number_of(const TransformExpression& argument, const std::string& text) {
        if (argument.kind == Kind::number) return text;
        if (argument.kind == Kind::call) {
            const auto* const function = find_function(canonical(argument.value));
            if (function != nullptr && function->is_of_numbers) return text;
        }
        uses_num_ = true;
        return fmt::format("num({})", text);
    }

    // concat(a, b) or concat(a, b, separator)
    Result<std::string> write_concat(const TransformExpression& call) {
        if (call.arguments.size() != 2 && call.arguments.size() != 3) {
            return invalid("'concat' takes two texts and perhaps what is between them");
        }
        TRY_ASSIGN(const auto first, write(call.arguments[0]));
        TRY_ASSIGN(const auto second, write(call.arguments[1]));
        std::string between = "''";
        if (call.arguments.size() == 3) {
            TRY_ASSIGN(between, write(call.arguments[2]));
        }
        return fmt::format("('' + {} + {} + {})", first, between, second);
    }

    // substr(text, begin) or substr(text, begin, end); the end -1 is that of the text.
    Result<std::string> write_substr(const TransformExpression& call) {
        if (call.arguments.size() != 2 && call.arguments.size() != 3) {
            return invalid("'substr' takes a text, its begin and perhaps its end");
        }
        TRY_ASSIGN(const auto text, write(call.arguments[0]));
        TRY_ASSIGN(const auto begin, write(call.arguments[1]));
        std::string end = "-1";
        if (call.arguments.size() == 3) {
            TRY_ASSIGN(end, write(call.arguments[2]));
        }
        return fmt::format(
            "(local t = '' + {}, e = {}; std.substr(t, {}, (if e < 0 then "
            "std.length(t) else e) - {}))",
            text, end, begin, begin);
    }

    Result<std::string> write_date_time(const TransformExpression& call, std::string_view name) {
        if (call.arguments.size() != 2 || call.arguments[1].kind != Kind::text) {
            return invalid(fmt::format("'{}' takes a value and a pattern in quotes", call.value));
        }
        TRY_ASSIGN(const auto parts, read_pattern(call.arguments[1].value));
        TRY_ASSIGN(const auto value, write(call.arguments[0]));
        return name == "todatetime" ? to_date_time(parts, value) : from_date_time(parts, value);
    }

    std::string to_date_time(const std::vector<PatternPart>& parts, const std::string& value) {
        uses_civil_ = true;
        std::string format;
        std::string fields;
        for (const auto& part : parts) {
            if (part.letter == 0) {
                for (const char c : part.text) format += c == '%' ? "%%" : std::string(1, c);
                continue;
            }
            format += fmt::format("%0{}d", part.width);
            fields += fmt::format("{}c.{}", fields.empty() ? "" : ", ", part.letter);
        }
        return fmt::format("(local c = civil({}); {} % [{}])", value, jsonnet_text(format), fields);
    }

    std::string from_date_time(const std::vector<PatternPart>& parts, const std::string& value) {
        uses_days_ = true;
        std::array<std::string, 7> fields = {"1970", "1", "1", "0", "0", "0", "0"};
        constexpr std::string_view kLetters = "yMdHmsS";
        std::size_t at = 0;
        for (const auto& part : parts) {
            if (part.letter == 0) {
                at += part.text.size();
                continue;
            }
            fields.at(kLetters.find(part.letter)) =
                fmt::format("std.parseInt(std.substr(t, {}, {}))", at, part.width);
            at += part.width;
        }
        // The instant must read as the text again: no 30 February, and the marks in their places.
        const auto again = to_date_time(parts, "v");
        return fmt::format(
            "(local t = '' + {}; if std.length(t) != {} then error 'it has not the pattern' else "
            "local v = (((days({}, {}, {}) * 24 + {}) * 60 + {}) * 60 + {}) * 1000 + {}; "
            "if {} == t then v else error 'it has not the pattern')",
            value, at, fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6],
            again);
    }

    // "$.a.b[0]['c']" as the keys of dig().
    static std::optional<std::string> keys_of(std::string_view path) {
        if (!path.starts_with('$')) return std::nullopt;
        std::string keys;
        const auto add = [&](const std::string& key) { keys += (keys.empty() ? "" : ", ") + key; };
        for (std::size_t i = 1; i < path.size();) {
            if (path[i] == '.') {
                const auto end = std::min(path.find_first_of(".[", i + 1), path.size());
                const auto key = path.substr(i + 1, end - i - 1);
                if (key.empty() || key.find('*') != std::string_view::npos) return std::nullopt;
                add(jsonnet_text(key));
                i = end;
                continue;
            }
            const auto end = path.find(']', i);
            if (path[i] != '[' || end == std::string_view::npos) return std::nullopt;
            const auto key = path.substr(i + 1, end - i - 1);
            const bool is_quoted = key.size() > 2 && (key.front() == '\'' || key.front() == '"') &&
                                   key.back() == key.front();
            if (is_quoted) {
                add(jsonnet_text(key.substr(1, key.size() - 2)));
            } else if (!key.empty() &&
                       key.find_first_not_of("0123456789") == std::string_view::npos) {
                add(std::string(key));
            } else {
                return std::nullopt;
            }
            i = end + 1;
        }
        return keys;
    }

    Result<std::string> write_json_path(const TransformExpression& call, std::string_view name) {
        const bool is_known = std::ranges::find(kOthers, name) != kOthers.end();
        const auto count = call.arguments.size();
        if (!is_known || (count != 2 && count != 3) || call.arguments[1].kind != Kind::text) {
            return invalid(fmt::format("'{}' takes a value, a path in quotes and perhaps a default",
                                       call.value));
        }
        const auto keys = keys_of(call.arguments[1].value);
        if (!keys) {
            return invalid(fmt::format("the path '{}' has more than names and numbers",
                                       call.arguments[1].value));
        }
        uses_dig_ = true;
        TRY_ASSIGN(const auto value, write(call.arguments[0]));
        std::string otherwise = "null";
        if (count == 3) {
            if (call.arguments[0].kind == Kind::column) {
                // With a default of its own it needs no value.
                const auto column = std::ranges::find(columns_, call.arguments[0].value);
                optional_.push_back(static_cast<std::size_t>(column - columns_.begin()));
            }
            TRY_ASSIGN(otherwise, write(call.arguments[2]));
        }
        return fmt::format("(local v = dig({}, [{}]); if v == null then {} else v)", value, *keys,
                           otherwise);
    }

    bool uses_days_ = false;
    bool uses_civil_ = false;
    bool uses_dig_ = false;
    bool uses_num_ = false;
    std::vector<std::string> columns_;
    std::vector<std::size_t> optional_;  // of them
};

}  // namespace

std::string jsonnet_text(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') quoted.push_back('\\');
        if (c == '\n') {
            quoted += "\\n";
        } else {
            quoted.push_back(c);
        }
    }
    return quoted + "'";
}

std::string path_of_column(std::string_view column) {
    const bool is_plain = !column.empty() && std::ranges::all_of(column, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
    if (is_plain) return std::string(column);
    std::string path = "[\"";
    for (const char c : column) {
        if (c == '"' || c == '\\') path.push_back('\\');
        path.push_back(c);
    }
    return path + "\"]";
}

Result<std::string> transform_template(std::string_view column, std::string_view function,
                                       std::string_view otherwise) {
    TRY_ASSIGN(const auto expression, parse_transform(function));
    const auto columns = columns_of(expression);
    if (std::ranges::find(columns, column) != columns.end()) {
        return invalid("the destination column is among its own arguments");
    }
    Writer writer;
    TRY_ASSIGN(const auto value, writer.write(expression));
    const auto own = fmt::format("Body({}, null)", jsonnet_text(path_of_column(column)));
    return fmt::format(
        "{}local own = {}; if own != null then own else if {} then {} else local v = {}; "
        "if v == null then {} else v",
        writer.prelude(), own, writer.missing(), otherwise, value, otherwise);
}

std::string timestamp_template(std::string_view column, std::string_view otherwise) {
    return fmt::format(
        "{}local iso(t) = local c = civil(t); '%04d-%02d-%02dT%02d:%02d:%02d.%03dZ' % [c.y, c.M, "
        "c.d, c.H, c.m, c.s, c.S]; local v = Body({}, null); if v == null then {} else if "
        "std.isNumber(v) then iso(v) else if std.isString(v) && std.length(v) > 9 && "
        "std.length([c for c in std.stringChars(v) if c < '0' || c > '9']) == 0 then "
        "iso(std.parseInt(v)) else v",
        kCivil, jsonnet_text(path_of_column(column)), otherwise);
}

std::vector<std::string_view> transform_functions() {
    std::vector<std::string_view> names(kOthers.begin(), kOthers.end());
    for (const auto& function : kFunctions) names.push_back(function.name);
    std::ranges::sort(names);
    return names;
}

}  // namespace millrace::pinot
