#pragma once
// MergeSql: the statements that apply rows of one shape, which are in a temporary table with their
// numbers, to a table with a key.
//
// Of the rows of a key the winner is the one with the highest sequence, and of equals the last.
// Only the winner is written; what the others leave behind is
//   - a delete that was applied before it: the row of before is removed first, so that columns
//     that the winner does not set are not those of before;
//   - with a sequence, the memory of that delete (a tombstone), until an upsert as new removes it.
// Rows that set some columns of a key that is there update it: an insert would be refused where a
// column that they do not set takes no NULL, before the conflict is seen.
//
// See  docs/formats/slice.md, "What rows mean"

#include <string>
#include <vector>

#include "core/ports/slice_rows.h"
#include "core/ports/target.h"

namespace millrace::postgres {

class MergeSql {
public:
    // With `only_missing` as ImportRequest has it.
    MergeSql(const TableSpec& table, const SliceShape& shape, bool only_missing);

    // The temporary table, empty, whose columns are of the types that the table really has.
    std::string create_stage() const;
    std::string copy_to_stage() const;
    // In their order.
    std::vector<std::string> merge() const;
    std::string drop_stage() const;

    // The tombstones, where the shape has a sequence.
    std::string create_tombstones() const;

private:
    bool updates_a_part() const { return is_part_ && !updates_.empty() && !only_missing_; }
    bool has_sequence() const { return !sequence_.empty(); }
    std::string winners() const;
    std::string create_deletes() const;
    std::string remove_deleted() const;
    std::string remember_deletes() const;
    std::string update() const;
    std::string upsert() const;
    std::string no_newer_delete() const;
    std::string forget_deletes() const;
    // "a.key = b.key AND ..."
    std::string same_key(std::string_view a, std::string_view b) const;

    const std::string table_;
    const std::string tombstones_;
    std::vector<std::string> names_, key_, values_, updates_, tombstone_columns_;
    const bool is_part_;  // some columns of the table are not set
    const bool only_missing_;
    bool has_operation_ = false;
    std::string sequence_;  // empty: there is none
};

// Without a key: straight into the table.
std::string copy_to_table(const TableSpec& table, const SliceShape& shape);

}  // namespace millrace::postgres
