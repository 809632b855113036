#pragma once
// The digest of a file's slice list: what the target's import log keeps to know a file again.

#include <span>
#include <string>

#include "core/model/slice.h"

namespace millrace::lifecycle {

// 16 hex digits: FNV-1a, 64 bits, over one line "<id> <rows> <bytes> <crc>\n" per slice in the
// given order, numbers in decimal. Must never change: import logs hold it.
std::string slice_digest(std::span<const Slice> slices);

}  // namespace millrace::lifecycle
