#include "storage/expressions/sqlite_expressions.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/base/shown_text.h"
#include "storage/expressions/exact_decimal.h"
#include "storage/expressions/expression_checker.h"
#include "storage/expressions/expression_parser.h"
#include "storage/expressions/expression_sql.h"
#include "storage/expressions/function_environment.h"
#include "storage/expressions/loose_value.h"
#include "storage/sqlite/pure_connection.h"

namespace millrace::expressions {
namespace {

using sqlite::PureConnection;
using sqlite::Statement;
using sqlite::ValueKind;

constexpr std::size_t kExpressionsMax = 10'000;
constexpr std::size_t kTextsBytesMax = 1 << 20;  // of all expressions of a load
constexpr int kValuesOfStatement = 200;
constexpr int kParametersOfStatement = 10'000;
constexpr std::size_t kBytesOfStatement = 64 << 10;
constexpr int kDepthOfAll = 8;  // SQLite's parser takes it; a deeper one is tried alone
constexpr std::size_t kShownCharacters = 100;

// Says which expression an error is of.
Error about(const std::string& text, const Error& error) {
    return Error(error.code() == Code::too_large ? Code::invalid : error.code(),
                 fmt::format("expression \"{}\": {}", shortened(text, kShownCharacters),
                             error.client_text()));
}

// Some of the expressions, as one statement.
struct Group {
    ExpressionSql sql;
    std::vector<std::size_t> values;  // which value of a row each of its columns is
    std::optional<Statement> statement;
};

// The text of a number, while the row is the last.
using NumberText = std::array<char, 32>;

class SqliteRowExpressions : public RowExpressions {
public:
    explicit SqliteRowExpressions(const ExpressionSet& set) : columns_(set.columns) {}

    Result<void> compile(const ExpressionSet& set) {
        auto zone = TimeZone::find(set.time_zone.empty() ? "UTC" : set.time_zone);
        if (!zone.ok()) return std::move(zone).error();
        environment_.zone = std::move(zone).value();
        environment_.now = set.now;
        values_.resize(set.texts.size());
        number_texts_.resize(set.texts.size());
        constants_.resize(set.texts.size());
        const ExpressionChecker checker(columns_, environment_);
        for (std::size_t i = 0; i < set.texts.size(); ++i) {
            auto added = add(i, set.texts[i], checker);
            if (!added.ok()) return about(set.texts[i], added.error());
        }
        for (auto& group : groups_) {
            if (!group.statement) TRY(prepare(group));
        }
        return {};
    }

    Result<std::span<const Cell>> evaluate(std::span<const Cell> row) override {
        check(row.size() == columns_.size(), "a row of {} cells for {} columns", row.size(),
              columns_.size());
        for (const auto& [value, column] : copied_) values_[value] = row[column];
        if (!groups_.empty()) budget_.begin();
        for (auto& group : groups_) {
            TRY(bind(group, row));
            TRY(connection_->evaluate(*group.statement));
            read(group);
        }
        return std::span<const Cell>(values_);
    }

private:
    Result<void> add(std::size_t value, const std::string& text, const ExpressionChecker& checker) {
        TRY_ASSIGN(auto node, parse_expression(text));
        TRY(checker.check(*node));
        if (node->kind == NodeKind::column) {
            copied_.emplace_back(value, static_cast<std::size_t>(node->integer));
            return {};
        }
        if (node->kind == NodeKind::text || node->kind == NodeKind::decimal) {
            set_constant(value, node->text);
            return {};
        }
        auto alone = group_of(value);
        alone.sql.add(*node);
        if (alone.sql.is_too_long()) {
            return Error(Code::invalid, "too much is in it: too many parts are nested");
        }
        if (!node->has_columns) return evaluate_constant(alone);
        if (node->depth > kDepthOfAll) TRY(prepare(alone));
        if (alone.sql.text().size() > kBytesOfStatement) {
            groups_.push_back(std::move(alone));
            return {};
        }
        if (groups_.empty() || is_full(groups_.back().sql)) {
            groups_.push_back(group_of(value));
        } else {
            groups_.back().values.push_back(value);
        }
        groups_.back().sql.add(*node);
        return {};
    }

    static bool is_full(const ExpressionSql& sql) {
        return sql.values() >= kValuesOfStatement || sql.parameters() >= kParametersOfStatement ||
               sql.text().size() >= kBytesOfStatement;
    }

    // Of one value.
    Group group_of(std::size_t value) const {
        return {.sql = ExpressionSql(columns_, environment_), .values = {value}, .statement = {}};
    }

    void set_constant(std::size_t value, std::string text) {
        constants_[value] = std::move(text);
        values_[value] = Cell{.text = constants_[value], .is_null = false};
    }

    Result<void> evaluate_constant(Group& group) {
        TRY(prepare(group));
        budget_.begin();
        TRY(connection_->evaluate(*group.statement));
        read(group);
        const auto value = group.values[0];
        if (!values_[value].is_null) set_constant(value, std::string(values_[value].text));
        return {};
    }

    Result<void> prepare(Group& group) {
        if (!connection_) {
            TRY_ASSIGN(auto opened,
                       PureConnection::open({.value_bytes_max = kValueBytesMax}, budget_));
            connection_.emplace(std::move(opened));
        }
        for (const auto& function : group.sql.functions()) {
            if (function.function == nullptr) {
                connection_->allow(function.name);
                continue;
            }
            TRY(connection_->define({.name = function.name,
                                     .arguments = -1,
                                     .null_for_null = function.null_for_null,
                                     .function = function.function,
                                     .context = &environment_}));
        }
        auto prepared = connection_->prepare(group.sql.text());
        if (!prepared.ok()) return std::move(prepared).error();
        group.statement.emplace(std::move(prepared).value());
        for (const auto& constant : group.sql.constants()) {
            if (constant.text.size() > kValueBytesMax) return too_long();
            group.statement->bind(constant.position, std::string_view(constant.text));
        }
        return {};
    }

    static Error too_long() {
        return Error(Code::invalid,
                     fmt::format("a value of an expression is over {} bytes", kValueBytesMax));
    }

    Result<void> bind(Group& group, std::span<const Cell> row) {
        auto& statement = *group.statement;
        statement.reset();
        for (const auto& parameter : group.sql.columns()) {
            const auto& cell = row[parameter.column];
            if (cell.is_null) {
                statement.bind(parameter.position, std::nullopt);
            } else if (parameter.as_number) {
                bind_number(statement, parameter, cell.text);
            } else if (cell.text.size() > kValueBytesMax) {
                return too_long();
            } else {
                statement.bind_borrowed(parameter.position, cell.text);
            }
        }
        return {};
    }

    // As the column of the table takes it: 3.12 is 3 for a whole number.
    void bind_number(Statement& statement, const ColumnParameter& parameter,
                     std::string_view text) const {
        const auto position = parameter.position;
        const auto type = columns_[parameter.column].data_type;
        if (type == DataType::boolean) {
            const auto truth = parse_truth(text);
            return truth ? statement.bind(position, *truth)
                         : statement.bind(position, std::nullopt);
        }
        const auto number = parse_number(text);
        if (!number) return statement.bind(position, std::nullopt);
        if (type == DataType::integer && std::holds_alternative<double>(*number)) {
            const auto exact = ExactDecimal::parse_any(text);
            return statement.bind(position, exact ? exact->whole() : std::nullopt);
        }
        std::visit([&](auto value) { statement.bind(position, value); }, *number);
    }

    void read(const Group& group) {
        sqlite::Row row(*group.statement);
        for (const auto value : group.values) {
            auto& cell = values_[value];
            switch (row.next_kind()) {
                case ValueKind::null:
                    cell = Cell{.text = {}, .is_null = true};
                    row.skip();
                    break;
                case ValueKind::text:
                case ValueKind::blob:
                    cell = Cell{.text = row.view(), .is_null = false};
                    break;
                case ValueKind::integer: {
                    auto& text = number_texts_[value];
                    const auto* const end =
                        std::to_chars(text.data(), text.data() + text.size(), row.integer()).ptr;
                    cell = Cell{.text = {text.data(), end}, .is_null = false};
                    break;
                }
                case ValueKind::real: {
                    auto& text = number_texts_[value];
                    const auto shown = double_text(row.real());
                    std::copy(shown.begin(), shown.end(), text.begin());
                    cell = Cell{.text = {text.data(), shown.size()}, .is_null = false};
                    break;
                }
            }
        }
    }

    const std::vector<SourceColumn> columns_;
    FunctionEnvironment environment_;
    sqlite::StepBudget budget_{kStepsMax};
    std::optional<PureConnection> connection_;
    std::vector<Group> groups_;
    std::vector<std::pair<std::size_t, std::size_t>> copied_;  // a value, and the column it is
    std::vector<std::string> constants_;
    std::vector<NumberText> number_texts_;
    std::vector<Cell> values_;
};

}  // namespace

Result<std::unique_ptr<RowExpressions>> SqliteExpressions::compile(const ExpressionSet& set) {
    if (set.texts.size() > kExpressionsMax) {
        return Error(Code::invalid, fmt::format("{} expressions; there may be {}", set.texts.size(),
                                                kExpressionsMax));
    }
    std::size_t bytes = 0;
    for (const auto& text : set.texts) bytes += text.size();
    if (bytes > kTextsBytesMax) {
        return Error(Code::invalid, fmt::format("expressions of {} bytes; there may be {}", bytes,
                                                kTextsBytesMax));
    }
    auto expressions = std::make_unique<SqliteRowExpressions>(set);
    TRY(expressions->compile(set));
    return std::unique_ptr<RowExpressions>(std::move(expressions));
}

}  // namespace millrace::expressions
