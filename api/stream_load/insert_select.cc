#include "api/stream_load/insert_select.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <variant>

#include "api/http/sent_headers.h"
#include "api/stream_load/answer_texts.h"
#include "api/stream_load/columns_header.h"
#include "api/stream_load/sql_tokens.h"
#include "core/base/shown_text.h"
#include "core/bulk/row_plan.h"

namespace millrace::stream_load {
namespace {

constexpr std::size_t kShownMax = 60;

// What may stand behind the rows that are wanted, and is not there.
constexpr std::array<std::string_view, 13> kNotThere = {
    "GROUP", "ORDER",     "HAVING", "LIMIT",   "UNION", "JOIN",   "INNER",
    "LEFT",  "INTERSECT", "EXCEPT", "LATERAL", "CROSS", "QUALIFY"};

// Words of expressions that are no names of the body.
constexpr std::array<std::string_view, 21> kExpressionWords = {
    "AND",  "OR",   "NOT",  "IS",   "NULL", "TRUE", "FALSE",    "IN",  "LIKE", "BETWEEN", "ESCAPE",
    "CASE", "WHEN", "THEN", "ELSE", "END",  "AS",   "INTERVAL", "DIV", "MOD",  "DISTINCT"};

template <std::size_t N>
bool is_one_of(const SqlToken& token, const std::array<std::string_view, N>& words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return token.is_word(word); });
}

Error not_there(std::string_view what) {
    return not_implemented(
        fmt::format("{} is not there in a load by SQL, which is INSERT INTO db.t [(columns)] "
                    "SELECT ... FROM http_stream(...) [WHERE ...]",
                    what));
}

class StatementParser {
public:
    StatementParser(std::string_view sql, std::vector<SqlToken> tokens)
        : sql_(sql), tokens_(std::move(tokens)) {}

    Result<InsertSelect> parse() {
        TRY(expect_word("INSERT"));
        if (now().is_word("OVERWRITE")) return not_there("OVERWRITE");
        TRY(expect_word("INTO"));
        if (now().is_word("TABLE")) ++at_;
        TRY(parse_table());
        TRY(parse_parts_of_insert());
        TRY(expect_word("SELECT"));
        TRY(parse_items());
        TRY(expect_word("FROM"));
        TRY(parse_stream());
        TRY(parse_condition());
        while (now().is_sign(';')) ++at_;
        if (now().kind != SqlToken::Kind::end) return unexpected("the end");
        return std::move(statement_);
    }

private:
    const SqlToken& now() const { return tokens_[at_]; }

    Error unexpected(std::string_view wanted) const {
        if (is_one_of(now(), kNotThere)) return not_there(now().value);
        const auto near = now().kind == SqlToken::Kind::end ? std::string_view("the end")
                                                            : sql_.substr(now().begin);
        return analysis_error(fmt::format("Syntax error in sql: {} is expected near '{}'", wanted,
                                          shortened(near, kShownMax)));
    }

    Result<void> expect_word(std::string_view word) {
        if (!now().is_word(word)) return unexpected(word);
        ++at_;
        return {};
    }

    Result<void> expect_sign(char sign) {
        if (!now().is_sign(sign)) return unexpected(std::string_view(&sign, 1));
        ++at_;
        return {};
    }

    Result<std::string> expect_name(std::string_view wanted) {
        if (!now().is_name()) return unexpected(wanted);
        return tokens_[at_++].value;
    }

    // A catalog may stand in front.
    Result<void> parse_table() {
        std::vector<std::string> names;
        do {
            if (!names.empty()) ++at_;
            TRY_ASSIGN(auto name, expect_name("the name of a table"));
            names.push_back(std::move(name));
        } while (now().is_sign('.') && names.size() < 3);
        if (names.size() < 2) return analysis_error("No database selected.");
        statement_.table = std::move(names.back());
        names.pop_back();
        statement_.database = std::move(names.back());
        return {};
    }

    Result<void> parse_parts_of_insert() {
        while (!now().is_word("SELECT")) {
            if (now().is_word("PARTITION") || now().is_word("PARTITIONS")) {
                return not_there("PARTITION");
            }
            if (now().is_word("VALUES")) return not_there("VALUES");
            if (now().is_word("WITH") && statement_.label.empty()) {
                ++at_;
                TRY(expect_word("LABEL"));
                TRY_ASSIGN(statement_.label, expect_name("a label"));
            } else if (now().is_sign('(') && statement_.targets.empty()) {
                TRY(parse_targets());
            } else {
                return unexpected("SELECT");
            }
        }
        return {};
    }

    Result<void> parse_targets() {
        do {
            ++at_;
            TRY_ASSIGN(auto name, expect_name("the name of a column"));
            statement_.targets.push_back(std::move(name));
            if (statement_.targets.size() > kColumnsMax) return too_many();
        } while (now().is_sign(','));
        return expect_sign(')');
    }

    static Error too_many() {
        return analysis_error(fmt::format("Too many columns, at most {} are allowed", kColumnsMax));
    }

    Result<void> parse_items() {
        if (now().is_word("DISTINCT")) return not_there("DISTINCT");
        if (now().is_word("ALL")) ++at_;
        if (now().is_sign('*') && tokens_[at_ + 1].is_word("FROM")) {
            ++at_;
            return {};
        }
        while (true) {
            TRY_ASSIGN(auto text, parse_expression("an expression", true));
            statement_.expressions.push_back(std::move(text));
            if (statement_.expressions.size() > kColumnsMax) return too_many();
            if (!now().is_sign(',')) return {};
            ++at_;
        }
    }

    // Up to what ends it; the text as it is in the statement, without a name behind AS.
    Result<std::string> parse_expression(std::string_view wanted, bool may_be_named) {
        const auto first = at_;
        int depth = 0;
        auto end = at_;
        while (now().kind != SqlToken::Kind::end) {
            if (depth == 0 && (now().is_sign(',') || now().is_sign(';') || now().is_word("FROM") ||
                               is_clause())) {
                break;
            }
            if (may_be_named && depth == 0 && now().is_word("AS")) {
                ++at_;
                TRY_ASSIGN(const auto name, expect_name("a name"));
                static_cast<void>(name);  // rows have no names
                break;
            }
            if (now().is_sign('(')) ++depth;
            if (now().is_sign(')')) --depth;
            if (depth < 0) return unexpected(wanted);
            if (now().is_word("SELECT")) return not_there("a query within the statement");
            add_name();
            if (statement_.names.size() > kColumnsMax) return too_many();
            end = ++at_;
        }
        if (end == first || depth > 0) return unexpected(depth > 0 ? ")" : wanted);
        const auto begin = tokens_[first].begin;
        return std::string(sql_.substr(begin, tokens_[end - 1].end - begin));
    }

    // LEFT is a function too.
    bool is_clause() const { return is_one_of(now(), kNotThere) && !tokens_[at_ + 1].is_sign('('); }

    // The word before it is AS within cast(): then it is a type.
    void add_name() {
        const bool is_call = tokens_[at_ + 1].is_sign('(');
        const bool is_type = at_ > 0 && tokens_[at_ - 1].is_word("AS");
        if (!now().is_name() || is_one_of(now(), kExpressionWords)) return;
        if (now().kind == SqlToken::Kind::word && (is_call || is_type)) return;
        auto& names = statement_.names;
        const bool is_known = std::any_of(names.begin(), names.end(), [&](const auto& name) {
            return http::equal_ignoring_case(name, now().value);
        });
        if (!is_known) names.push_back(now().value);
    }

    Result<void> parse_stream() {
        if (!now().is_word("HTTP_STREAM")) return unexpected("http_stream");
        ++at_;
        TRY(expect_sign('('));
        while (!now().is_sign(')')) {
            if (!now().is_name() && now().kind != SqlToken::Kind::text) {
                return unexpected("a property");
            }
            InsertSelect::Property property{.name = tokens_[at_++].value, .value = {}};
            for (char& c : property.name) {
                if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
            }
            TRY(expect_sign('='));
            if (now().kind == SqlToken::Kind::sign || now().kind == SqlToken::Kind::end) {
                return unexpected("a value");
            }
            property.value = tokens_[at_++].value;
            statement_.properties.push_back(std::move(property));
            if (now().is_sign(')')) break;
            TRY(expect_sign(','));
        }
        ++at_;
        return {};
    }

    Result<void> parse_condition() {
        if (now().is_sign(',')) return not_there("a second table");
        if (now().is_word("AS")) ++at_;
        const bool is_named = now().is_name() && !now().is_word("WHERE") && !is_clause();
        if (is_named) ++at_;
        if (!now().is_word("WHERE")) return {};
        ++at_;
        TRY_ASSIGN(statement_.where, parse_expression("a condition", false));
        return {};
    }

    const std::string_view sql_;
    const std::vector<SqlToken> tokens_;
    std::size_t at_ = 0;
    InsertSelect statement_;
};

// Which column of a CSV body the name is, from 1; 0: none.
std::size_t column_number(std::string_view name) {
    if (name.size() < 2 || (name.front() != 'c' && name.front() != 'C') || name[1] == '0') return 0;
    std::size_t number = 0;
    const auto* const end = name.data() + name.size();
    const auto [stop, failure] = std::from_chars(name.data() + 1, end, number);
    return failure == std::errc() && stop == end ? number : 0;
}

Result<std::vector<std::string>> names_of_csv(const InsertSelect& statement, std::size_t targets) {
    std::size_t last = statement.expressions.empty() ? targets : 1;
    for (const auto& name : statement.names) last = std::max(last, column_number(name));
    if (last > kColumnsMax) {
        return analysis_error(fmt::format("c{} is beyond the last column that a body may have, c{}",
                                          last, kColumnsMax));
    }
    std::vector<std::string> names;
    for (std::size_t i = 1; i <= last; ++i) names.push_back(fmt::format("c{}", i));
    return names;
}

// Of JSON and Parquet.
Result<std::vector<std::string>> names_of_keys(const InsertSelect& statement) {
    if (statement.expressions.empty()) {
        return not_implemented(
            "SELECT * of JSON or Parquet, whose values come by name: please name the keys");
    }
    if (statement.names.empty()) return analysis_error("SELECT has no key of the body");
    return statement.names;
}

Result<std::vector<std::string>> targets_of(const InsertSelect& statement,
                                            const DefinedTable& table) {
    std::vector<std::string> targets = statement.targets;
    for (const auto& name : targets) {
        const bool is_there =
            std::any_of(table.columns.begin(), table.columns.end(),
                        [&](const auto& column) { return bulk::is_same_name(column.name, name); });
        const bool is_hidden = bulk::is_same_name(name, bulk::kDeleteSign) ||
                               bulk::is_same_name(name, bulk::kSequenceColumn);
        if (!is_there && !is_hidden) {
            return analysis_error(fmt::format("Unknown column '{}' in '{}'",
                                              shortened(name, kShownMax), statement.table));
        }
    }
    if (targets.empty()) {
        for (const auto& column : table.columns) targets.push_back(column.name);
    }
    return targets;
}

}  // namespace

Result<InsertSelect> parse_insert_select(std::string_view sql) {
    TRY_ASSIGN(auto tokens, sql_tokens(sql));
    return StatementParser(sql, std::move(tokens)).parse();
}

Result<void> apply(const InsertSelect& statement, const DefinedTable& table,
                   bulk::BulkFormat& format, bulk::BulkMapping& mapping) {
    TRY_ASSIGN(auto targets, targets_of(statement, table));
    auto* const csv = std::get_if<bulk::CsvFormat>(&format);
    TRY_ASSIGN(auto names,
               csv != nullptr ? names_of_csv(statement, targets.size()) : names_of_keys(statement));
    auto expressions = statement.expressions;
    if (expressions.empty()) expressions = names;  // `*`
    if (expressions.size() != targets.size()) {
        return analysis_error(
            fmt::format("insert into cols should be corresponding to the query output: {} columns "
                        "are to be set, and {} are selected",
                        targets.size(), expressions.size()));
    }
    // A body may have columns that nobody selects.
    if (csv != nullptr) csv->may_have_more = !statement.expressions.empty();
    mapping.sets_by_name = false;
    mapping.columns.clear();
    for (auto& name : names) {
        mapping.columns.push_back({.name = std::move(name), .expression = std::nullopt});
    }
    for (std::size_t i = 0; i < targets.size(); ++i) {
        mapping.columns.push_back(
            {.name = std::move(targets[i]), .expression = std::move(expressions[i])});
    }
    mapping.where = statement.where;
    return {};
}

}  // namespace millrace::stream_load
