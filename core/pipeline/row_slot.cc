#include "core/pipeline/row_slot.h"

#include <iterator>
#include <utility>

namespace millrace::pipeline {

RowSlot::RowSlot(RowBatch& batch)
    : batch_(batch),
      csv_bytes_(batch.csv.size()),
      groups_(batch.groups.size()),
      last_group_(batch.groups.empty() ? RowGroup{} : batch.groups.back()) {}

RowBatch RowSlot::take() {
    RowBatch rows;
    rows.arrived_at = batch_.arrived_at;
    rows.age = batch_.age;
    rows.csv = batch_.csv.substr(csv_bytes_);
    if (groups_ > 0) {  // the group that was last may have grown since
        auto grown = batch_.groups[groups_ - 1];
        grown.rows -= last_group_.rows;
        grown.bytes -= last_group_.bytes;
        if (grown.rows > 0) rows.groups.push_back(grown);
    }
    rows.groups.insert(rows.groups.end(),
                       batch_.groups.begin() + static_cast<std::ptrdiff_t>(groups_),
                       batch_.groups.end());
    drop();
    keep();
    return rows;
}

void RowSlot::drop() noexcept {
    batch_.csv.resize(csv_bytes_);
    if (groups_ > 0) batch_.groups[groups_ - 1] = last_group_;
    batch_.groups.erase(batch_.groups.begin() + static_cast<std::ptrdiff_t>(groups_),
                        batch_.groups.end());
}

}  // namespace millrace::pipeline
