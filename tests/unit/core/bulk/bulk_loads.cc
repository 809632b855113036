#include "tests/unit/core/bulk/bulk_loads.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <optional>

#include "core/bulk/source_row.h"

namespace millrace::bulk {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const auto at = std::min(text.find(separator), text.size());
        auto part = text.substr(0, at);
        while (part.starts_with(' ')) part.remove_prefix(1);
        while (part.ends_with(' ')) part.remove_suffix(1);
        parts.emplace_back(part);
        if (at == text.size()) return parts;
        text.remove_prefix(at + 1);
    }
}

struct Operand {
    std::optional<std::size_t> column;
    std::string text;
};

struct Expression {
    Operand left;
    std::string op;
    Operand right;
};

class FakeExpressions final : public RowExpressions {
public:
    explicit FakeExpressions(std::vector<Expression> expressions)
        : expressions_(std::move(expressions)) {}

    Result<std::span<const Cell>> evaluate(std::span<const Cell> row) override {
        texts_.assign(expressions_.size(), {});
        cells_.assign(expressions_.size(), Cell{.text = {}, .is_null = true});
        for (std::size_t i = 0; i < expressions_.size(); ++i) {
            const auto& expression = expressions_[i];
            if (expression.left.text == "fail") return Error(Code::invalid, "too many steps");
            const auto left = value(expression.left, row);
            if (left.is_null) continue;
            if (expression.op.empty()) {
                texts_[i] = left.text;
            } else {
                const auto right = value(expression.right, row);
                if (right.is_null) continue;
                texts_[i] = compute(std::string(left.text), expression.op, std::string(right.text));
            }
            cells_[i] = {.text = texts_[i], .is_null = false};
        }
        return std::span<const Cell>(cells_);
    }

private:
    static Cell value(const Operand& operand, std::span<const Cell> row) {
        return operand.column ? row[*operand.column] : Cell{.text = operand.text, .is_null = false};
    }

    static std::string compute(const std::string& left, const std::string& op,
                               const std::string& right) {
        if (op == "=") return left == right ? "1" : "0";
        const auto a = std::strtod(left.c_str(), nullptr);
        const auto b = std::strtod(right.c_str(), nullptr);
        if (op == "+") return fmt::format("{}", a + b);
        if (op == "*") return fmt::format("{}", a * b);
        return (op == ">" ? a > b : a <= b) ? "1" : "0";
    }

    std::vector<Expression> expressions_;
    std::vector<std::string> texts_;
    std::vector<Cell> cells_;
};

Result<Operand> operand_of(std::string_view text, const std::vector<SourceColumn>& columns) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    if (text.starts_with('\'')) return Operand{{}, std::string(text.substr(1, text.size() - 2))};
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (is_same_name(columns[i].name, text)) return Operand{i, {}};
    }
    const bool is_number = !text.empty() && text.front() >= '0' && text.front() <= '9';
    if (is_number || text == "fail") return Operand{{}, std::string(text)};
    return Error(Code::invalid, fmt::format("unknown column {}", text));
}

}  // namespace

DefinedTable table_of(std::string_view columns) {
    DefinedTable table;
    table.key.table = TableId::parse("in.c-test.t").value();
    for (const auto& text : split(columns, ',')) {
        const auto words = split(text, ' ');
        DefinedColumn column{.name = words[0]};
        for (const auto& word : words) {
            if (const auto type = data_type_from(word)) column.data_type = *type;
            if (word == "KEY") column.primary_key = true;
            if (word == "KEY" || word == "NOT") column.nullable = false;
        }
        table.columns.push_back(std::move(column));
    }
    return table;
}

std::vector<BulkColumn> columns_of(std::string_view text) {
    std::vector<BulkColumn> columns;
    for (const auto& part : split(text, ',')) {
        const auto equal = part.find('=');
        BulkColumn column{.name = part.substr(0, equal), .expression = {}};
        if (equal != std::string::npos) column.expression = part.substr(equal + 1);
        columns.push_back(std::move(column));
    }
    return columns;
}

Result<std::unique_ptr<RowExpressions>> FakeCompiler::compile(const ExpressionSet& set) {
    constexpr std::array<std::string_view, 5> kOperators = {"<=", "+", "*", "=", ">"};
    std::vector<Expression> expressions;
    for (const std::string_view text : set.texts) {
        Expression expression;
        auto left = text;
        for (const auto op : kOperators) {
            const auto at = text.find(op);
            if (at == std::string_view::npos) continue;
            left = text.substr(0, at);
            expression.op = op;
            TRY_ASSIGN(expression.right, operand_of(text.substr(at + op.size()), set.columns));
            break;
        }
        TRY_ASSIGN(expression.left, operand_of(left, set.columns));
        expressions.push_back(std::move(expression));
    }
    return std::unique_ptr<RowExpressions>(
        std::make_unique<FakeExpressions>(std::move(expressions)));
}

Load load(const BulkSpec& spec, const std::vector<std::string_view>& pieces) {
    FakeCompiler compiler;
    auto made = BulkReader::make(spec, compiler);
    Load load{.result = {}};
    if (!made.ok()) {
        ADD_FAILURE() << made.error().operator_text();
        return load;
    }
    auto& reader = *made.value();
    load.header = reader.header();
    const auto take = [&] {
        const auto rows = reader.take();
        load.csv += rows.csv;
        load.rows += rows.rows;
    };
    for (const auto piece : pieces) {
        // A copy of its own, so that reading behind it is found.
        const std::vector<char> bytes(piece.begin(), piece.end());
        load.result = reader.feed({bytes.data(), bytes.size()});
        take();
        if (!load.result.ok()) break;
    }
    if (load.result.ok()) load.result = reader.finish();
    take();
    load.counts = reader.counts();
    load.log = reader.error_log();
    load.first_error = reader.first_error();
    return load;
}

std::string refusal(const BulkSpec& spec) {
    FakeCompiler compiler;
    const auto made = BulkReader::make(spec, compiler);
    return made.ok() ? "" : made.error().client_text();
}

std::string counts_of(const Load& load) {
    return fmt::format("{} {} {} {}", load.counts.total, load.counts.loaded, load.counts.filtered,
                       load.counts.unselected);
}

}  // namespace millrace::bulk
