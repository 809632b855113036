#pragma once
// The digests of a file's slice list and of the rows it leaves out: what the target's import log
// keeps to know a file again.

#include <span>
#include <string>

#include "core/model/refused_row.h"
#include "core/model/slice.h"

namespace millrace::lifecycle {

// 16 hex digits: FNV-1a, 64 bits, over one line "<id> <rows> <bytes> <crc>\n" per slice in the
// given order, numbers in decimal. Must never change: import logs hold it.
std::string slice_digest(std::span<const Slice> slices);

// The same over one line "<slice id> <row>\n" per row.
std::string refused_digest(std::span<const RefusedRow> rows);

}  // namespace millrace::lifecycle
