#pragma once
// Why a record has no row of a sink: errors of the kind that clients see, which name the column.

#include <cstdint>
#include <string_view>

#include "core/base/result.h"
#include "core/mapping/scratch.h"
#include "core/mapping/sink_plan.h"

namespace millrace::mapping {

// stream.in.payloadTooLarge: with this column the row is over the limit.
Error row_too_large(const ColumnPlan& column, std::uint64_t bytes_max);

// stream.in.pathNotFound, of the body, and of a column that has something else than a path.
Error path_not_found(const ColumnPlan& column);
Error value_is_missing(const ColumnPlan& column);

// stream.in.invalidValue: `problem` is a sentence about the cell.
Error bad_value(const ColumnPlan& column, std::string_view problem);

// stream.in.invalidForm and such: the form has a problem, with the value of the column or as a
// whole.
Error bad_form(const ColumnPlan& column, const FormReader& form);

// Whether the paths of a sink can be looked up in the body at all.
inline bool has_readable_body(const Scratch& scratch) {
    return scratch.body == BodyState::not_read || scratch.body == BodyState::read;
}
// Why they cannot; the column is the one that is blamed.
Error unreadable_body(const ColumnPlan& column, const Scratch& scratch);

// Of a template: of the body it could not read, or its own.
Error template_error(const ColumnPlan& column, const Scratch& scratch, const Error& error);

}  // namespace millrace::mapping
