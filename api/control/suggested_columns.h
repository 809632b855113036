#pragma once
// A sample event -> the columns that a first mapping of it could have, and all its fields.

#include <cstddef>
#include <string>
#include <vector>

#include "api/control/render.h"
#include "core/model/column.h"

namespace millrace::control {

struct SuggestedColumn {
    Column column;
    std::string example;  // of its value; empty where the sample has none
    std::string note;
};

struct SampleField {
    std::string path;
    std::string type;  // "string", "number", "boolean", "null", "object", "array"
    std::string example;
};

struct Suggestion {
    std::vector<SuggestedColumn> columns;
    std::vector<SampleField> fields;
    bool is_cut = false;  // the sample has more fields
};

// How deep a sample may be nested.
inline constexpr std::size_t kSampleDepthMax = 64;

// An id, the time of arrival, and a column for each value of the object, as far as it is not nested
// deeper than three levels; what is, and every array, is one column of JSON. A field that an event
// lacks is NULL in its row. Of a sample that is no object the body is one column.
// `body`: no deeper than kSampleDepthMax.
Suggestion suggest_columns(const OrderedJson& body, std::size_t columns_max);

// The same of a body that has no fields to see.
Suggestion suggest_whole_body();

}  // namespace millrace::control
