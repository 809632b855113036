#pragma once
// RowMaker: the cells of a source row -> a row of a slice, as a RowPlan says.
//
// Thread  one.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/bulk/bulk_mapping.h"
#include "core/bulk/cell_value.h"
#include "core/bulk/row_output.h"
#include "core/bulk/row_plan.h"
#include "core/bulk/source_row.h"
#include "core/bulk/time_zone.h"
#include "core/model/cell.h"
#include "core/ports/row_expressions.h"

namespace millrace::bulk {

enum class RowFate { loaded, unselected, filtered };

class RowMaker {
public:
    // Errors  invalid, for the client: an expression or the time zone is none
    static Result<RowMaker> make(RowPlan plan, const BulkMapping& mapping, WallTime now,
                                 ExpressionCompiler& compiler);

    // Appends the row to `out` if it is loaded. Its problem is not looked at.
    RowFate add(const SourceRow& row, RowOutput& out);

    const RowPlan& plan() const { return plan_; }
    // Of the last row that was filtered.
    const std::string& problem() const { return problem_; }
    std::string_view problem_column() const { return problem_column_; }  // empty: it is of no one
    // Of the last row that was loaded: values that did not convert and became NULL.
    std::uint64_t nulled() const { return nulled_; }

private:
    struct Conditions {
        bool is_wanted = true;
        bool deletes = false;
    };

    RowMaker(RowPlan plan, const BulkMapping& mapping, TimeZone zone);

    Result<void> compile(const BulkMapping& mapping, WallTime now, ExpressionCompiler& compiler);
    Result<Conditions> check_conditions();
    Result<bool> read_exact_sign();
    Result<bool> read_sign();
    bool add_value(const RowPlan::Column& column, RowOutput& out);
    bool add_to_key(const RowPlan::Column& column, std::string_view value);
    bool may_have_problem(const RowPlan::Column& column) const;
    bool add_other(const RowPlan::Column& column, const Cell& cell, RowOutput& out);
    // Others are UTF-8.
    static bool is_made(const RowPlan::Column& column) {
        return column.origin.kind == RowPlan::Origin::Kind::derived;
    }
    const Cell& cell_of(RowPlan::Origin origin) const;
    bool refuse(const RowPlan::Column& column, std::string_view reason);

    RowPlan plan_;
    CellValue values_;
    bool strict_;
    bool has_where_;
    bool has_delete_;
    bool reads_sign_;
    bool has_conditions_;                         // that a row may meet or not
    std::unique_ptr<RowExpressions> derive_;      // null: there are no derived columns
    std::unique_ptr<RowExpressions> conditions_;  // `where`, then `delete`; null: neither

    std::span<const Cell> source_;
    bool source_has_no_nul_ = false;
    std::span<const Cell> derived_;
    std::vector<Cell> condition_cells_;
    std::uint64_t key_bytes_ = 0;  // of the row that is being made
    std::string problem_;
    std::string_view problem_column_;
    std::uint64_t nulled_ = 0;
};

}  // namespace millrace::bulk
