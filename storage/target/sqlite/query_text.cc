#include "storage/target/sqlite/query_text.h"

#include <vector>

namespace millrace::target {
namespace {

enum class Kind { word, quoted_name, text, number, mark, space };

struct Token {
    Kind kind;
    std::string_view text;  // as sent, with quotes
};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
           (static_cast<unsigned char>(c) & 0x80U) != 0;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (auto& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

// The end of what begins with a quote at `begin`; npos if it has none. A doubled quote is one.
std::size_t end_of_quoted(std::string_view text, std::size_t begin) {
    const char quote = text[begin] == '[' ? ']' : text[begin];
    for (auto i = begin + 1; i < text.size(); ++i) {
        if (text[i] != quote) continue;
        if (quote != ']' && i + 1 < text.size() && text[i + 1] == quote) {
            ++i;
            continue;
        }
        return i + 1;
    }
    return std::string_view::npos;
}

// Where the token that begins at `begin` ends; npos if it has no end.
std::size_t end_of(std::string_view text, std::size_t begin, Kind& kind) {
    const char c = text[begin];
    auto end = begin + 1;
    if (is_space(c)) {
        kind = Kind::space;
        while (end < text.size() && is_space(text[end])) ++end;
    } else if (text.substr(begin, 2) == "--") {
        kind = Kind::space;
        end = std::min(text.find('\n', begin), text.size());
    } else if (text.substr(begin, 2) == "/*") {
        kind = Kind::space;
        end = text.find("*/", begin + 2);
        if (end != std::string_view::npos) end += 2;
    } else if (c == '\'') {
        kind = Kind::text;
        end = end_of_quoted(text, begin);
    } else if (c == '"' || c == '`' || c == '[') {
        kind = Kind::quoted_name;
        end = end_of_quoted(text, begin);
    } else if (is_letter(c)) {
        kind = Kind::word;
        while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]))) ++end;
    } else if (is_digit(c)) {
        kind = Kind::number;
        while (end < text.size() &&
               (is_letter(text[end]) || is_digit(text[end]) || text[end] == '.')) {
            ++end;
        }
    } else {
        kind = Kind::mark;
    }
    return end;
}

// `"a""b"` -> `a"b`
std::string without_quotes(std::string_view quoted) {
    std::string name;
    const char quote = quoted.front();
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
        name.push_back(quoted[i]);
        if (quoted[i] == quote) ++i;
    }
    return name;
}

using Statement = std::vector<Token>;

// Those between semicolons; none is empty.
std::vector<Statement> statements_of(std::string_view text, bool& is_torn) {
    std::vector<Statement> statements(1);
    const auto has_word = [](const Statement& statement) {
        for (const auto& token : statement) {
            if (token.kind != Kind::space) return true;
        }
        return false;
    };
    for (std::size_t at = 0; at < text.size();) {
        Kind kind = Kind::mark;
        const auto end = end_of(text, at, kind);
        if (end == std::string_view::npos) {
            is_torn = true;
            break;
        }
        const auto token = text.substr(at, end - at);
        at = end;
        if (token == ";") {
            if (has_word(statements.back())) statements.emplace_back();
            continue;
        }
        statements.back().push_back({.kind = kind, .text = token});
    }
    if (!has_word(statements.back())) statements.pop_back();
    return statements;
}

// "SET timeoutMs = 1000" -> its option. False for any other statement.
bool read_set(const Statement& statement, QueryText& query) {
    std::vector<std::string_view> words;
    for (const auto& token : statement) {
        if (token.kind != Kind::space) words.push_back(token.text);
    }
    if (words.size() < 4 || lower_case(words[0]) != "set" || words[2] != "=") return false;
    std::string value;
    for (std::size_t i = 3; i < words.size(); ++i) value += words[i];
    if (value.size() > 1 && value.front() == '\'') value = without_quotes(value);
    query.options.insert_or_assign(lower_case(words[1]), std::move(value));
    return true;
}

void read_select(const Statement& statement, QueryText& query) {
    int depth = 0;
    for (std::size_t i = 0; i < statement.size(); ++i) {
        const auto& [kind, text] = statement[i];
        if (text == "(") ++depth;
        if (text == ")") --depth;
        if (kind == Kind::quoted_name) query.names.insert(without_quotes(text));
        if (kind == Kind::word) {
            query.names.emplace(text);
            const auto lower = lower_case(text);
            if (lower == "limit" && depth == 0) query.has_limit = true;
            const bool is_call = i + 1 < statement.size() && statement[i + 1].text == "(";
            if (is_call && lower == "distinctcount") {
                query.sql += "count(DISTINCT ";
                ++depth;
                ++i;
                continue;
            }
        }
        // A comment would hide what is appended.
        query.sql += kind == Kind::space ? std::string_view(" ") : text;
    }
}

}  // namespace

QueryText read_query(std::string_view text) {
    QueryText query;
    const auto statements = statements_of(text, query.is_torn);
    for (std::size_t i = 0; i < statements.size(); ++i) {
        if (i + 1 < statements.size() && read_set(statements[i], query)) continue;
        // Of several statements SQLite says what is wrong.
        if (!query.sql.empty()) query.sql += ';';
        read_select(statements[i], query);
    }
    return query;
}

}  // namespace millrace::target
