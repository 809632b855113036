#pragma once
// The digest of a file's slice list and the rows it leaves out: what the target's import log keeps
// to know a file again. An installation that was restored learns from there which rows were left
// out behind its backup.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/refused_row.h"
#include "core/model/slice.h"

namespace millrace::lifecycle {

// 16 hex digits: FNV-1a, 64 bits, over one line "<id> <rows> <bytes> <crc>\n" per slice in the
// given order, numbers in decimal. Must never change: import logs hold it.
std::string slice_digest(std::span<const Slice> slices);

// The same of a file that is imported without these rows, which are in order: "<digest>-<rows>",
// with "<slice>.<row>" for each, by the place of its slice and from 0, and commas between.
std::string digest_without(const std::string& digest, std::span<const Slice> slices,
                           std::span<const RefusedRow> rows);

// The rows that `without` leaves out of the file with `digest`, only their places; none if it is
// not such a text.
std::vector<RefusedRow> rows_left_out(std::string_view without, const std::string& digest,
                                      std::span<const Slice> slices);

}  // namespace millrace::lifecycle
