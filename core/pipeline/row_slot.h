#pragma once
// RowSlot: the rows of one request in a batch that those of many share. What is added to the batch
// while there is a slot is taken out again when the slot ends, unless it was kept.
//
// Lifetime  the batch must outlive it and have no other slot.

#include <cstddef>

#include "core/ports/journal.h"

namespace millrace::pipeline {

class RowSlot {
public:
    explicit RowSlot(RowBatch& batch);
    ~RowSlot() {
        if (!is_kept_) drop();
    }
    RowSlot(const RowSlot&) = delete;
    RowSlot& operator=(const RowSlot&) = delete;

    RowBatch& batch() { return batch_; }
    std::size_t bytes() const { return batch_.csv.size() - csv_bytes_; }

    // Leaves the rows in the batch.
    void keep() { is_kept_ = true; }

    // Takes them out of the batch. Before any request ends: what hears of its end may let in the
    // next one, whose rows would come behind these.
    void discard() {
        if (!is_kept_) drop();
        is_kept_ = true;
    }

    // Takes them out of the batch and returns them, with the same arrival.
    RowBatch take();

private:
    void drop() noexcept;

    RowBatch& batch_;
    const std::size_t csv_bytes_;  // before
    const std::size_t groups_;
    const RowGroup last_group_;  // of those before: it may grow
    bool is_kept_ = false;
};

}  // namespace millrace::pipeline
