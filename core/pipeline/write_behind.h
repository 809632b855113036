#pragma once
// WriteBehind: pieces of rows that one thread makes are written by another one of a pool, so that
// the next rows are made meanwhile. They are written in their order, one at a time.
//
// A few pieces wait. While there is no room for more, who gives one writes those that wait himself,
// or waits for the thread that does: so all threads of the pool may give at once.
//
// Lifetime  what `write` uses lives until stop() has returned, or the end of this.
// Thread    one at a time gives; `write` is called on that one and on threads of the pool.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/pipeline/work_pool.h"

namespace millrace::pipeline {

struct RowPiece {
    std::string csv;
    std::uint64_t rows = 0;
    WallTime first_at;  // arrival of its rows
    WallTime last_at;
};

class WriteBehind {
public:
    using Write = std::function<Result<void>(const RowPiece& piece)>;

    WriteBehind(WorkPool& pool, std::size_t waiting_max, Write write);
    ~WriteBehind();
    WriteBehind(const WriteBehind&) = delete;
    WriteBehind& operator=(const WriteBehind&) = delete;

    // Errors  the first of `write`, whose piece may be an earlier one; later ones are not written,
    //         and this fails again
    Result<void> give(RowPiece piece);

    // Waits until all pieces are written.
    // Errors  as give()
    Result<void> drain();

    // Waits for the piece that is being written, and drops the others.
    void stop();

    // Empty, with the memory of a piece that was written if there is one.
    std::string buffer();

private:
    class Queue;

    WorkPool& pool_;
    const std::shared_ptr<Queue> queue_;  // tasks of the pool may come later than the end of this
};

}  // namespace millrace::pipeline
