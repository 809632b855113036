#pragma once
// Where the rows of a receipt are now.
//
// Errors  those of the catalog

#include <optional>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/receipt.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"

namespace millrace::accounts {

enum class RowsState {
    memory,     // not durable yet
    local,      // on the disk of the node
    staging,    // uploaded
    set_aside,  // by an operator, because the file could not be imported
    target,     // in the table
    discarded,  // by an operator, with the file
    deleted,    // were in the table; then the source was deleted for good, and its tables with it
    rejected,   // there are none: the sink could not map the record
    lost,       // the node died before they were durable, which `Ack` had not promised
    unknown,    // their volume has failed
};

std::string_view to_string(RowsState state);

struct SinkTrace {
    Receipt::Sink sink;
    RowsState state = RowsState::rejected;
    std::optional<FileId>
        file;  // that has them, or will import them; forgotten some time after that

    // Nothing will change any more.
    bool is_done() const { return state >= RowsState::target; }
};

// As in receipt.sinks. Where rows may be in two places, as while a mapping changes, it is the one
// that has come less far.
Result<std::vector<SinkTrace>> trace(const Receipt& receipt, const Journal& journal,
                                     FileCatalog& catalog);

}  // namespace millrace::accounts
