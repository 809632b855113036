#pragma once
// The bytes of a position of a source: entry 5 of a frame, and what checkpoints keep of them.
//
// Format  docs/formats/journal.md, "Entry 5"

#include <cstdint>
#include <string>

#include "core/base/wire.h"
#include "core/model/position.h"

namespace millrace::journal {

inline constexpr std::uint32_t kPositionEntry = 5;

// Appends exactly position_bytes(), a multiple of 8.
void put_position(std::string& out, const SourcePosition& position);
std::uint64_t position_bytes(const SourcePosition& position);

// The entry behind its type; the reader has failed if it is cut.
SourcePosition read_position(WireReader& reader);

}  // namespace millrace::journal
