#pragma once
// What the header of a segment was, where it is damaged: each frame has all of it but the salt, and
// the salt is what makes the CRC of a frame's header right.
//
// Format  docs/formats/journal.md, Reading

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/uuid.h"
#include "storage/journal/format.h"

namespace millrace::journal {

// The header by which the frames in `content` are read, with the sequence of the first of them that
// is valid. Nothing where no frame of this volume and this segment is.
std::optional<SegmentHeader> salvage_header(std::string_view content, const Uuid& volume,
                                            std::uint64_t segment);

// Whether anything was written where frames go.
bool has_content(std::string_view content);

}  // namespace millrace::journal
