#pragma once
// The search for the rows that a database refuses: a file is tried again in parts, inside of a
// transaction that its target rolls back in the end.
//
// A part is at most 10,000 rows or 8 MB. One that is refused is tried again shorter, until it is
// the refused row alone; so no row is called refused that was not refused by itself, behind all
// rows of the file before it. Where rows are dense that are, parts stay short.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/ports/target.h"

namespace millrace {

struct TriedRows {
    // An error that is_row_refused(): the part left nothing behind, and its client_text() is the
    // words of the database.
    Result<void> outcome;
    // The line among those of the part that the database names with it, from 1; 0 where it does
    // not. It only shortens the search.
    std::uint64_t line = 0;
};

// Applies the rows of a part, which is a request with one slice. They stay for later parts to see.
using TryRows = std::function<TriedRows(const ImportRequest& part)>;

// In their order, at most one more than `at_most`.
// Errors  those of the slices; what `try_rows` fails with that is not a refused row
Result<std::vector<RowRefusal>> find_refused_rows(const ImportRequest& file, std::size_t at_most,
                                                  const TryRows& try_rows);

}  // namespace millrace
