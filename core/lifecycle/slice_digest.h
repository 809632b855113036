#pragma once
// The digest of a file's slice list and the rows it leaves out: what the target's import log keeps
// to know a file again. An installation that was restored learns from there which rows were left
// out behind its backup.

#include <optional>
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

// The slices of a file that are not in an import of it, when `imported`, a digest of either kind,
// is that of the others. Nothing if it is not, or if there would be more ways than can be tried: of
// more than 20 slices two may lack, of more than 200 all behind some.
std::optional<std::vector<SliceId>> slices_left_out(std::string_view imported,
                                                    std::span<const Slice> slices);

}  // namespace millrace::lifecycle
