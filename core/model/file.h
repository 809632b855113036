#pragma once
// File: a batch of slices of one sink and one mapping version; the unit of import.
//
//   writing --close--> closing --all slices uploaded--> importing --commit--> imported
//                       |  ^                               |
//             set aside |  | restore                       | set aside
//                       v  |                               |
//                      set_aside <-------------------------
//                       |
//               discard |
//                       v
//                      discarded
//
// Closing fixes the number of slices; the import starts when that many are uploaded. A file that
// cannot be imported is set aside by an operator: later ones do not wait for it, and its slices
// stay as they are, so that it can be restored. One that is discarded is known for ever, and its
// rows are counted, but they are nowhere any more.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/model/slice.h"

namespace millrace {

enum class FileState { writing, closing, importing, imported, set_aside, discarded };

std::string_view to_string(FileState state);
std::optional<FileState> file_state_from(std::string_view text);

// Why and when an operator has set a file aside.
struct SetAside {
    std::string reason;
    WallTime at;

    bool operator==(const SetAside&) const = default;
};

struct File {
    FileId id;
    SinkVersion sink;
    FileState state = FileState::writing;
    WallTime opened_at;
    std::uint32_t slices = 0;  // final once the file is closing
    Retry retry;
    VolumeId volume = {};
    std::uint64_t bytes = 0;  // of CSV, in all its slices; only of a file that is to be imported
    std::optional<SetAside> aside = {};  // while it is set aside, and of one that is discarded
};

// A file that still takes rows, as the journal sees it; its counters are exact.
struct OpenFile {
    FileId id;
    SinkVersion sink;
    WallTime opened_at;
    std::uint32_t slices = 0;        // sealed ones and the open one
    std::uint64_t rows = 0;          // of all its slices
    std::uint64_t bytes = 0;         // of CSV, of all its slices
    std::optional<OpenSlice> slice;  // the one that takes rows now
    VolumeId volume = {};
};

}  // namespace millrace
