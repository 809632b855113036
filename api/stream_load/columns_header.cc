#include "api/stream_load/columns_header.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "api/stream_load/answer_texts.h"
#include "core/base/shown_text.h"

namespace millrace::stream_load {
namespace {

constexpr std::size_t kShownMax = 60;

Error syntax_error(std::string_view what, std::string_view near) {
    return analysis_error(
        fmt::format("Syntax error in columns: {} near '{}'", what, shortened(near, kShownMax)));
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Where the quoted text that begins at `at` ends, just behind its quote. Within ' and " a backslash
// takes the next character with it, and a doubled quote is one.
std::optional<std::size_t> end_of_quoted(std::string_view text, std::size_t at) {
    const char quote = text[at];
    for (auto i = at + 1; i < text.size(); ++i) {
        if (text[i] == '\\' && quote != '`') {
            ++i;
        } else if (text[i] == quote) {
            if (i + 1 < text.size() && text[i + 1] == quote) {
                ++i;
            } else {
                return i + 1;
            }
        }
    }
    return std::nullopt;
}

struct Item {
    std::string_view text;
    std::optional<std::size_t> equals;  // of an assignment
};

class Splitter {
public:
    explicit Splitter(std::string_view text) : text_(text) {}

    Result<std::vector<Item>> split() {
        std::vector<Item> items;
        int depth = 0;
        std::optional<std::size_t> equals;
        for (std::size_t i = 0; i < text_.size(); ++i) {
            const char c = text_[i];
            if (c == '\'' || c == '"' || c == '`') {
                const auto end = end_of_quoted(text_, i);
                if (!end) return syntax_error("a quote is not closed", text_.substr(i));
                i = *end - 1;
            } else if (c == '(') {
                ++depth;
            } else if (c == ')') {
                if (--depth < 0) return syntax_error("unexpected )", text_.substr(begin_));
            } else if (c == '=' && depth == 0 && !equals) {
                equals = i - begin_;
            } else if (c == ',' && depth == 0) {
                items.push_back(item(i, equals));
                if (items.size() > kColumnsMax) return too_many();
                equals.reset();
                begin_ = i + 1;
            }
        }
        if (depth > 0) return syntax_error("a parenthesis is not closed", text_.substr(begin_));
        items.push_back(item(text_.size(), equals));
        if (items.size() > kColumnsMax) return too_many();
        return items;
    }

private:
    Item item(std::size_t end, std::optional<std::size_t> equals) const {
        return {.text = text_.substr(begin_, end - begin_), .equals = equals};
    }
    static Error too_many() {
        return analysis_error(fmt::format("Too many columns, at most {} are allowed", kColumnsMax));
    }

    const std::string_view text_;
    std::size_t begin_ = 0;  // of the item
};

// Without its backticks.
Result<std::string> name_of(std::string_view text) {
    text = trimmed(text);
    if (text.empty()) return syntax_error("a column has no name", text);
    if (text.front() != '`') {
        if (text.find_first_of("'\"`(), \t") != std::string_view::npos) {
            return syntax_error("no name of a column", text);
        }
        return std::string(text);
    }
    if (text.size() < 3 || end_of_quoted(text, 0) != text.size()) {
        return syntax_error("no name of a column", text);
    }
    std::string name;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        name.push_back(text[i]);
        if (text[i] == '`') ++i;
    }
    return name;
}

}  // namespace

Result<std::vector<bulk::BulkColumn>> parse_columns(std::string_view text) {
    TRY_ASSIGN(const auto items, Splitter(text).split());
    std::vector<bulk::BulkColumn> columns;
    columns.reserve(items.size());
    for (const auto& item : items) {
        bulk::BulkColumn column;
        TRY_ASSIGN(column.name,
                   name_of(item.text.substr(0, item.equals.value_or(item.text.size()))));
        if (item.equals) {
            const auto expression = trimmed(item.text.substr(*item.equals + 1));
            if (expression.empty()) return syntax_error("an expression is missing", item.text);
            column.expression = std::string(expression);
        }
        columns.push_back(std::move(column));
    }
    return columns;
}

Result<std::vector<std::string>> parse_names(std::string_view text) {
    TRY_ASSIGN(auto columns, parse_columns(text));
    std::vector<std::string> names;
    for (auto& column : columns) {
        if (column.expression) return syntax_error("an expression is not allowed", column.name);
        names.push_back(std::move(column.name));
    }
    return names;
}

}  // namespace millrace::stream_load
