#pragma once
// PinotSchema: what a schema of Pinot says, checked as Pinot checks it.
//
// See  docs/pinot.md

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/pinot/pinot_findings.h"
#include "api/pinot/pinot_type.h"
#include "core/base/result.h"

namespace millrace::pinot {

struct PinotField {
    std::string name;
    FieldKind kind = FieldKind::dimension;
    PinotType type = PinotType::string;
    bool is_single = true;  // else an array of values
    bool not_null = false;
    std::optional<std::string> default_value;  // as it is stored; nothing: that of the type
};

struct PinotSchema {
    std::string name;
    std::vector<PinotField> fields;  // in the order of the document
    std::vector<std::string> primary_key;
    bool has_column_nulls = false;  // enableColumnBasedNullHandling

    const PinotField* find(std::string_view field) const;
};

// Reads a schema; what is wrong with it goes to the findings, and the result is of no use then.
PinotSchema read_pinot_schema(const Json& document, PinotFindings& findings);

// Whether `after` may take the place of `before`: every column is still there, with its type.
// Errors  invalid, with the reason
Result<void> check_compatible(const PinotSchema& before, const PinotSchema& after);

}  // namespace millrace::pinot
