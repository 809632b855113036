#pragma once
// WriterSql: the statements that apply the rows of one shape to a table.
//
// Value i of a row is parameter i + 1; of rows that a statement pulls, column i.

#include <string>
#include <string_view>
#include <vector>

#include "core/ports/slice_rows.h"
#include "core/ports/target.h"

namespace millrace::target {

// The keys that an import with only_missing has written (table_writer.h).
inline constexpr std::string_view kNewKeys = "temp._millrace_new_keys";

// The name of the table of its tombstones.
std::string tombstones_of(const TableId& table);

std::string joined(const std::vector<std::string>& parts, std::string_view between = ", ");

class WriterSql {
public:
    WriterSql(const TableSpec& table, const SliceShape& shape);

    std::string upsert() const;
    // The upsert of all rows of a sqlite::RowTable, of a shape without operation and sequence. With
    // a key they are sorted by it, the later row of a key behind the earlier one: so that pages of
    // the table are used one after the other.
    std::string upsert_rows() const;
    std::string has_key() const;
    // Of a row whose key is there. Empty where there is nothing to set.
    std::string update() const;
    std::string erase() const;
    std::string bury() const;
    std::string bring_up() const;
    std::string claim() const;
    std::string is_new() const;

private:
    std::string is_this_key() const { return joined(is_key_, " AND "); }
    std::string on_conflict() const;

    const std::string table_;
    const std::string tombstones_;
    std::vector<std::string> names_, values_, key_, key_values_, is_key_, updates_, sets_;
    std::vector<std::string> pulled_, pulled_key_;
    std::string sequence_;  // empty: there is none
    std::string new_;       // the sequence of the row
};

}  // namespace millrace::target
