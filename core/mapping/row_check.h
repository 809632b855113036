#pragma once
// RowCheck: whether the cells of a row are values of their columns' types that the target can hold,
// whether the row is one to write or one to delete.
//
// Lifetime  of one row; its cells come one after the other.

#include <cstdint>
#include <string_view>

#include "core/base/result.h"
#include "core/mapping/scratch.h"
#include "core/mapping/sink_plan.h"
#include "core/model/value_rules.h"

namespace millrace::mapping {

class RowCheck {
public:
    RowCheck(const ValueRules& rules, Scratch& scratch) : rules_(rules), scratch_(scratch) {}

    // Whether a cell of the column needs look(): most are texts of a target that holds any.
    bool looks_at(const ColumnPlan& column) const {
        return column.data_type != DataType::string || rules_.is_strict;
    }

    // Makes a cell that is NULL empty, and a time in another form one that is valid until the next
    // one.
    // Errors  invalid  stream.in.invalidValue
    Result<void> look(const ColumnPlan& column, std::string_view& cell);

private:
    const ValueRules& rules_;
    Scratch& scratch_;
    std::uint64_t key_bytes_ = 0;
};

// Refuses a default that no event could use.
Result<void> check_default(const ColumnPlan& column);

}  // namespace millrace::mapping
