#pragma once
// Cell: one value of a row that is being read: text, or NULL. The text lives elsewhere.

#include <string_view>

namespace millrace {

struct Cell {
    std::string_view text;  // empty where it is NULL
    bool is_null = false;

    bool operator==(const Cell&) const = default;
};

}  // namespace millrace
