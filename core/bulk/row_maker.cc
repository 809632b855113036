#include "core/bulk/row_maker.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "core/base/shown_text.h"
#include "core/bulk/number_text.h"
#include "core/mapping/key_length.h"
#include "core/mapping/text_problem.h"

namespace millrace::bulk {
namespace {

using Kind = RowPlan::Origin::Kind;
using Operations = RowPlan::Operations;

constexpr std::size_t kShownValue = 200;  // characters
constexpr Cell kNull{.text = {}, .is_null = true};
constexpr std::string_view kSignMeaning = "it is 0 (insert or update) or 1 (delete)";

// What a condition says: NULL and zero are no.
bool is_true(const Cell& cell) {
    if (cell.is_null || cell.text.empty()) return false;
    if (cell.text == "1") return true;
    double number = 0;
    const auto* const end = cell.text.data() + cell.text.size();
    const auto result = std::from_chars(cell.text.data(), end, number);
    if (result.ec == std::errc() && result.ptr == end) return number != 0;
    return is_same_name(cell.text, "true");
}

// Whether a delete sign deletes: a number but 0 does, and true. Nothing if it is no sign.
std::optional<bool> parse_sign(std::string_view text) {
    text = without_blanks(text);
    if (text == "0") return false;
    if (text == "1" || is_same_name(text, "true")) return true;
    if (is_same_name(text, "false")) return false;
    std::string scratch;
    const auto number = double_text(text, scratch);
    if (!number) return std::nullopt;
    const auto digits = number->substr(0, number->find_first_of("eE"));
    return digits.find_first_of("123456789") != std::string_view::npos;
}

}  // namespace

Result<RowMaker> RowMaker::make(RowPlan plan, const BulkMapping& mapping, WallTime now,
                                ExpressionCompiler& compiler) {
    TRY_ASSIGN(const auto zone, TimeZone::parse(mapping.time_zone));
    RowMaker maker(std::move(plan), mapping, zone);
    TRY(maker.compile(mapping, now, compiler));
    return maker;
}

RowMaker::RowMaker(RowPlan plan, const BulkMapping& mapping, TimeZone zone)
    : plan_(std::move(plan)),
      values_(zone, mapping.strict),
      strict_(mapping.strict),
      has_where_(!mapping.where.empty()),
      has_delete_(!mapping.delete_condition.empty()),
      reads_sign_(plan_.delete_sign.kind != Kind::nothing &&
                  (plan_.refuses_deletes || plan_.operations == Operations::both)),
      has_conditions_(has_where_ || has_delete_ || plan_.sign_is_exact || reads_sign_),
      condition_cells_(plan_.condition_origins.size()) {}

Result<void> RowMaker::compile(const BulkMapping& mapping, WallTime now,
                               ExpressionCompiler& compiler) {
    if (!plan_.derived.empty()) {
        ExpressionSet set{.columns = plan_.source_columns,
                          .texts = {},
                          .time_zone = mapping.time_zone,
                          .now = now};
        for (const auto& column : plan_.derived) set.texts.push_back(*column.expression);
        TRY_ASSIGN(derive_, compiler.compile(set));
    }
    if (!has_where_ && !has_delete_) return {};
    ExpressionSet set{.columns = plan_.condition_columns,
                      .texts = {},
                      .time_zone = mapping.time_zone,
                      .now = now};
    if (has_where_) set.texts.push_back(mapping.where);
    if (has_delete_) set.texts.push_back(mapping.delete_condition);
    TRY_ASSIGN(conditions_, compiler.compile(set));
    return {};
}

RowFate RowMaker::add(const SourceRow& row, RowOutput& out) {
    source_ = row.cells;
    source_has_no_nul_ = row.has_no_nul;
    problem_column_ = {};
    nulled_ = 0;
    if (derive_) {
        const auto derived = derive_->evaluate(row.cells);
        if (!derived.ok()) {
            problem_ = derived.error().client_text();
            return RowFate::filtered;
        }
        derived_ = derived.value();
    }
    bool deletes = plan_.operations == Operations::deletes;
    if (has_conditions_) {
        auto checked = check_conditions();
        if (!checked.ok()) {
            problem_ = checked.error().client_text();
            return RowFate::filtered;
        }
        const auto conditions = std::move(checked).value();
        if (!conditions.is_wanted) return RowFate::unselected;
        deletes = conditions.deletes;
    }
    out.begin_row();
    key_bytes_ = 0;
    if (plan_.header.has_operation) {
        out.add_bare(to_string(deletes ? RowOperation::erase : RowOperation::upsert));
    }
    for (const auto& column : plan_.columns) {
        if (deletes && !column.matters_in_delete) {
            out.add_null();
        } else if (!add_value(column, out)) {
            out.drop_row();
            return RowFate::filtered;
        }
    }
    out.end_row();
    return RowFate::loaded;
}

Result<RowMaker::Conditions> RowMaker::check_conditions() {
    Conditions conditions{.is_wanted = true, .deletes = plan_.operations == Operations::deletes};
    if (conditions_) {
        for (std::size_t i = 0; i < condition_cells_.size(); ++i) {
            condition_cells_[i] = cell_of(plan_.condition_origins[i]);
        }
        TRY_ASSIGN(const auto values, conditions_->evaluate(condition_cells_));
        if (has_where_) conditions.is_wanted = is_true(values.front());
        if (!conditions.is_wanted) return conditions;
        if (has_delete_) conditions.deletes = conditions.deletes || is_true(values.back());
    }
    if (plan_.sign_is_exact) {
        TRY_ASSIGN(conditions.deletes, read_exact_sign());
    } else if (reads_sign_) {
        TRY_ASSIGN(const bool deletes, read_sign());
        if (deletes && plan_.refuses_deletes) {
            return Error(Code::invalid, "the row deletes, and the table has no primary key");
        }
        conditions.deletes = conditions.deletes || deletes;
    }
    return conditions;
}

Result<bool> RowMaker::read_sign() {
    const auto& cell = cell_of(plan_.delete_sign);
    if (cell.is_null && plan_.sign_may_be_absent) return false;
    if (cell.is_null) {
        return Error(Code::invalid,
                     fmt::format("column_name[{}], null value for not null column, {}", kDeleteSign,
                                 kSignMeaning));
    }
    if (const auto deletes = parse_sign(cell.text)) return *deletes;
    return Error(Code::invalid, fmt::format("column_name[{}], {}, src value is {}", kDeleteSign,
                                            kSignMeaning, shortened(cell.text, kShownValue)));
}

Result<bool> RowMaker::read_exact_sign() {
    const auto& cell = cell_of(plan_.delete_sign);
    if (cell.text == "0") return false;
    if (cell.text == "1" && plan_.header.has_operation) return true;
    if (cell.text == "1") {
        return Error(Code::invalid,
                     "sys_op is 1, and a table without a primary key deletes no row");
    }
    return Error(Code::invalid, fmt::format("sys_op is {}, it must be 0 (insert or update) or 1 "
                                            "(delete)",
                                            cell.is_null ? "NULL" : shortened(cell.text, 20)));
}

const Cell& RowMaker::cell_of(RowPlan::Origin origin) const {
    switch (origin.kind) {
        case Kind::nothing:
            return kNull;
        case Kind::source:
            return source_[origin.index];
        case Kind::derived:
            return derived_[origin.index];
    }
    return kNull;
}

// False if the column cannot have the value.
bool RowMaker::add_value(const RowPlan::Column& column, RowOutput& out) {
    const auto& cell = cell_of(column.origin);
    if (cell.is_null || may_have_problem(column)) return add_other(column, cell, out);
    const auto value = values_.of(column.data_type, cell);
    if (!value) return add_other(column, cell, out);
    if (column.primary_key && !add_to_key(column, *value)) return false;
    if (is_unquoted(column.data_type)) {
        out.add_plain(*value);
    } else {
        out.add_text(*value);
    }
    return true;
}

// Whether its text must be looked at; that of other columns was.
bool RowMaker::may_have_problem(const RowPlan::Column& column) const {
    if (is_unquoted(column.data_type)) return false;
    return column.data_type != DataType::string || !source_has_no_nul_ || is_made(column);
}

// NULL, what may have a problem, and what is no value of the column: not what most cells are.
bool RowMaker::add_other(const RowPlan::Column& column, const Cell& cell, RowOutput& out) {
    if (!cell.is_null) {
        if (const auto problem =
                mapping::text_problem(column.data_type, cell.text, is_made(column))) {
            return refuse(column, *problem);
        }
        if (const auto value = values_.of(column.data_type, cell)) {
            if (column.primary_key && !add_to_key(column, *value)) return false;
            out.add_text(*value);
            return true;
        }
        if (strict_) {
            return refuse(column, fmt::format("column({}) value is incorrect while strict mode is "
                                              "true, src value is {}",
                                              column.name, shortened(cell.text, kShownValue)));
        }
        ++nulled_;
    }
    if (column.nullable) {
        out.add_null();
        return true;
    }
    auto reason =
        fmt::format("null value for not null column, type={}", to_string(column.data_type));
    if (!cell.is_null)
        reason += fmt::format(", src value is {}", shortened(cell.text, kShownValue));
    return refuse(column, reason);
}

// False if the key is longer than one that the target can hold.
bool RowMaker::add_to_key(const RowPlan::Column& column, std::string_view value) {
    key_bytes_ += mapping::key_bytes(value);
    if (key_bytes_ <= plan_.key_bytes_max || plan_.key_bytes_max == 0) return true;
    return refuse(column, mapping::key_too_long_text(plan_.key_bytes_max));
}

bool RowMaker::refuse(const RowPlan::Column& column, std::string_view reason) {
    problem_ = fmt::format("column_name[{}], {}", column.name, reason);
    problem_column_ = column.name;
    return false;
}

}  // namespace millrace::bulk
