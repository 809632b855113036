#pragma once
// Cell: one value of a row that is being read: text, or NULL. The text lives elsewhere.

#include <string_view>

#include "core/model/data_type.h"

namespace millrace {

struct Cell {
    std::string_view text;  // empty where it is NULL
    bool is_null = false;
    // Other than STRING: the text surely is a value of this type as slices have it.
    DataType type = DataType::string;

    bool operator==(const Cell&) const = default;
};

}  // namespace millrace
