#pragma once
// File: a batch of slices of one sink and one mapping version; the unit of import.
//
//   writing --close--> closing --all slices uploaded--> importing --commit--> imported
//
// Closing fixes the number of slices; the import starts when that many are uploaded.

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/model/slice.h"

namespace millrace {

enum class FileState { writing, closing, importing, imported };

std::string_view to_string(FileState state);
std::optional<FileState> file_state_from(std::string_view text);

struct File {
    FileId id;
    SinkVersion sink;
    FileState state = FileState::writing;
    WallTime opened_at;
    std::uint32_t slices = 0;  // final once the file is closing
    Retry retry;
    VolumeId volume = {};
    std::uint64_t bytes = 0;  // of CSV, in all its slices; only of a file that is to be imported
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
