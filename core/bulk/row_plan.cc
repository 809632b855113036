#include "core/bulk/row_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/base/shown_text.h"

namespace millrace::bulk {
namespace {

using Kind = RowPlan::Origin::Kind;
using Operations = RowPlan::Operations;

Error invalid(std::string text) {
    return Error(Code::invalid, std::move(text));
}

std::string lower(std::string_view name) {
    std::string text(name);
    for (auto& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

// Columns by name, without regard to case.
class Names {
public:
    // False if there is one of the name.
    bool add(std::string_view name, std::size_t index) {
        return indexes_.emplace(lower(name), index).second;
    }
    std::optional<std::size_t> find(std::string_view name) const {
        const auto found = indexes_.find(lower(name));
        return found == indexes_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    std::unordered_map<std::string, std::size_t> indexes_;
};

class Planner {
public:
    Planner(const DefinedTable& table, const BulkMapping& mapping)
        : table_(table), mapping_(mapping) {
        for (std::size_t i = 0; i < table_.columns.size(); ++i) {
            in_table_.add(table_.columns[i].name, i);
            has_key_ = has_key_ || table_.columns[i].primary_key;
        }
    }

    Result<RowPlan> plan() {
        TRY(add_sources());
        TRY(decide_operations());
        TRY(add_columns());
        TRY(set_sequence());
        describe_sources();
        describe_conditions();
        return std::move(plan_);
    }

private:
    Result<void> add_sources() {
        for (const auto& column : mapping_.columns) {
            if (!column.expression) TRY(add_source(column.name));
        }
        for (const auto& column : mapping_.columns) {
            if (column.expression) TRY(add_derived(column));
        }
        if (!plan_.fields.empty()) return {};
        // Only expressions, or nothing: the body has the columns of the table.
        for (const auto& column : table_.columns) TRY(add_source(column.name));
        for (const auto& name : mapping_.hidden_columns) {
            if (!is_same_name(name, kDeleteSign) && !is_same_name(name, kSequenceColumn)) {
                return invalid(fmt::format("Unknown hidden column: {}", shortened(name, 100)));
            }
            TRY(add_source(name));
        }
        return {};
    }

    Result<void> add_source(const std::string& name) {
        if (!sources_.add(name, plan_.fields.size())) return given_twice(name);
        plan_.fields.push_back({.name = name, .not_null = false, .keeps_json = false});
        return {};
    }

    // An expression that is nothing but the name of a temporary is that, and needs no evaluation.
    // A second one of the same is evaluated: how the text is read is said once.
    Result<void> add_derived(const BulkColumn& column) {
        if (!derived_.add(column.name, computed_.size())) return given_twice(column.name);
        const auto name = name_in(*column.expression);
        const auto source = sources_.find(name);
        const bool is_temporary = !mapping_.sets_by_name || !in_table_.find(name);
        if (source && is_temporary && source_type(name) == DataType::string &&
            renamed_.insert(*source).second) {
            computed_.push_back({Kind::source, *source});
        } else {
            computed_.push_back({Kind::derived, plan_.derived.size()});
            plan_.derived.push_back(column);
        }
        return {};
    }

    // Without its backticks.
    static std::string_view name_in(std::string_view expression) {
        const bool is_quoted = expression.size() > 2 && expression.front() == '`' &&
                               expression.find('`', 1) == expression.size() - 1;
        return is_quoted ? expression.substr(1, expression.size() - 2) : expression;
    }

    static Error given_twice(std::string_view name) {
        return invalid(fmt::format("Duplicate column: {}", shortened(name, 100)));
    }

    RowPlan::Origin origin_of(std::string_view name) const {
        if (const auto index = derived_.find(name)) return computed_[*index];
        if (!mapping_.sets_by_name) return {};
        if (const auto index = sources_.find(name)) return {Kind::source, *index};
        return {};
    }

    Result<void> decide_operations() {
        const bool is_merge = mapping_.merge == MergeType::merge;
        const bool has_condition = !mapping_.delete_condition.empty();
        if (is_merge && !has_condition) {
            return invalid("Excepted DELETE ON clause when merge type is MERGE.");
        }
        if (!is_merge && has_condition) {
            return invalid("Not support DELETE ON clause when merge type is not MERGE.");
        }
        plan_.delete_sign = origin_of(kDeleteSign);
        if (mapping_.merge == MergeType::erase) {
            plan_.operations = Operations::deletes;
        } else if (is_merge || plan_.delete_sign.kind != Kind::nothing) {
            plan_.operations = Operations::both;
        }
        plan_.sign_is_exact = mapping_.exact_delete_sign && plan_.delete_sign.kind != Kind::nothing;
        // Some clients send the sign to every table.
        plan_.refuses_deletes = plan_.delete_sign.kind != Kind::nothing && !has_key_ &&
                                mapping_.merge == MergeType::append;
        if (plan_.refuses_deletes) plan_.operations = Operations::upserts;
        plan_.header.has_operation = plan_.operations != Operations::upserts;
        if (has_key_) return {};
        if (plan_.header.has_operation) {
            return invalid("rows cannot be deleted: the table has no primary key");
        }
        if (mapping_.partial_columns) {
            return invalid("partial_columns needs a table with a primary key");
        }
        return {};
    }

    // Those of the table in its order. Rows that only delete, or set a part, have no others than
    // the load names; all others are NULL.
    Result<void> add_columns() {
        const bool is_part = mapping_.partial_columns || plan_.operations == Operations::deletes;
        bool has_any = false;
        for (const auto& column : table_.columns) {
            const auto origin = origin_with_sequence(column.name);
            const bool is_named = origin.kind != Kind::nothing;
            has_any = has_any || is_named;
            if (!is_named && (column.primary_key || (!column.nullable && !is_part))) {
                return invalid(fmt::format("Column has no default value. column: {}", column.name));
            }
            if (!is_named && is_part) continue;
            plan_.header.columns.push_back(column.name);
            plan_.columns.push_back({.name = column.name,
                                     .data_type = column.data_type,
                                     .nullable = column.nullable && !column.primary_key,
                                     .primary_key = column.primary_key,
                                     .matters_in_delete = column.primary_key,
                                     .origin = origin});
        }
        if (!has_any) return invalid("the load has no column of the table");
        return {};
    }

    bool is_sequence(std::string_view name) const {
        return mapping_.sequence_column && is_same_name(*mapping_.sequence_column, name);
    }

    // The sequence may come under its hidden name too.
    RowPlan::Origin origin_with_sequence(std::string_view name) const {
        const auto origin = origin_of(name);
        const bool is_missing = origin.kind == Kind::nothing;
        return is_missing && is_sequence(name) ? origin_of(kSequenceColumn) : origin;
    }

    Result<void> set_sequence() {
        const bool has_hidden = origin_of(kSequenceColumn).kind != Kind::nothing;
        if (!mapping_.sequence_column) {
            if (!has_hidden) return {};
            return invalid(
                fmt::format("{} needs function_column.sequence_col, the column of the "
                            "table that keeps it",
                            kSequenceColumn));
        }
        const auto& name = *mapping_.sequence_column;
        const auto in_table = in_table_.find(name);
        if (!in_table) {
            return invalid(fmt::format("There is no sequence column {} in the table {}",
                                       shortened(name, 100), table_.key.table.text()));
        }
        const auto& column = table_.columns[*in_table];
        const bool has_order = column.data_type == DataType::integer ||
                               column.data_type == DataType::date ||
                               column.data_type == DataType::timestamp;
        if (!has_key_ || column.primary_key || !has_order) {
            return invalid(
                fmt::format("{} cannot be the sequence column: it takes a table with a "
                            "primary key, and a column of INTEGER, DATE or TIMESTAMP "
                            "that is not in it",
                            column.name));
        }
        for (std::size_t i = 0; i < plan_.columns.size(); ++i) {
            if (plan_.columns[i].name != column.name) continue;
            if (plan_.columns[i].origin.kind == Kind::nothing) break;
            plan_.header.sequence = i;
            plan_.columns[i].matters_in_delete = true;
            return {};
        }
        return invalid(
            fmt::format("the load has no values of the sequence column {}", column.name));
    }

    // What readers and expressions have to know of the source columns.
    void describe_sources() {
        for (const auto& column : plan_.columns) {
            if (column.origin.kind != Kind::source) continue;
            auto& field = plan_.fields[column.origin.index];
            const bool may_be_deleted = plan_.header.has_operation && !column.matters_in_delete;
            field.not_null = !column.nullable && !may_be_deleted;
            field.keeps_json = column.data_type == DataType::json;
        }
        for (const auto& field : plan_.fields) {
            plan_.source_columns.push_back({field.name, source_type(field.name)});
        }
    }

    void describe_conditions() {
        for (const auto& column : mapping_.columns) {
            if (!column.expression || !mapping_.sets_by_name) continue;
            plan_.condition_columns.push_back({column.name, type_of(column.name)});
            plan_.condition_origins.push_back(origin_of(column.name));
        }
        for (std::size_t i = 0; i < plan_.fields.size(); ++i) {
            if (mapping_.sets_by_name && derived_.find(plan_.fields[i].name)) continue;
            plan_.condition_columns.push_back(plan_.source_columns[i]);
            plan_.condition_origins.push_back({Kind::source, i});
        }
    }

    DataType source_type(std::string_view name) const {
        return mapping_.sets_by_name ? type_of(name) : DataType::string;
    }

    DataType type_of(std::string_view name) const {
        const auto index = in_table_.find(name);
        if (index) return table_.columns[*index].data_type;
        return is_same_name(name, kDeleteSign) ? DataType::integer : DataType::string;
    }

    const DefinedTable& table_;
    const BulkMapping& mapping_;
    bool has_key_ = false;
    Names in_table_;
    Names sources_;
    Names derived_;                            // in computed_
    std::vector<RowPlan::Origin> computed_;    // of the columns with an expression
    std::unordered_set<std::size_t> renamed_;  // source columns that are one of these
    RowPlan plan_;
};

}  // namespace

Result<RowPlan> plan_rows(const DefinedTable& table, const BulkMapping& mapping) {
    return Planner(table, mapping).plan();
}

}  // namespace millrace::bulk
