#pragma once
// CoveredPositions: how far a source was read when a file of one of its sinks was closed: all rows
// of the sink from before there are in this file or in earlier ones.
//
// The import log of a target keeps them with a file, in front of which nothing waits. So whoever
// goes on with a backup learns which rows are in the table already (docs/adr/0026-backup.md).
//
// Format  of the text: a line "<epoch> <next offset> <partition>\n" for each partition, numbers in
//         decimal. Must never change: import logs hold it.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/fingerprint.h"
#include "core/base/ids.h"
#include "core/model/position.h"

namespace millrace {

struct CoveredPositions {
    FileId file;
    SinkNumber sink;
    Fingerprint source;
    std::vector<SourcePosition> positions;
};

// Whose the text is: no sink of any installation but this one, and what is restored of it.
std::string covered_owner(const Fingerprint& source, SinkNumber sink);

// Without positions that are counters: their names have a "#" (docs/adr/0020).
std::string print_covered(std::span<const SourcePosition> positions);

// A line that is none is left out: then less is known to be there.
std::vector<SourcePosition> parse_covered(std::string_view text, const Fingerprint& source);

}  // namespace millrace
