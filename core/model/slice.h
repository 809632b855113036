#pragma once
// Slice: a CSV file of one sink on one volume; the unit of upload.
//
//   writing --seal--> closing --> uploading --put--> uploaded --its file's import--> imported
//   (journal)        (catalog from here on)
//
// Until it is sealed only the journal knows a slice; sealing commits it to the catalog as
// `closing`. A slice of a file that is discarded is `discarded`, wherever it was.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/model/staged_object.h"

namespace millrace {

enum class SliceState { writing, closing, uploading, uploaded, imported, discarded };

std::string_view to_string(SliceState state);
std::optional<SliceState> slice_state_from(std::string_view text);

// Where the file of a slice is.
struct LocalSlice {
    VolumeId volume;
    SliceId slice;

    bool operator==(const LocalSlice&) const = default;
};

// What is known of an open slice from its first row on.
struct SliceOpening {
    SliceId slice;
    FileId file;
    SinkVersion sink;
    WallTime opened_at;
    VolumeId volume = {};

    bool operator==(const SliceOpening&) const = default;
};

// What a slice file holds up to some place; the checkpoint and the catalog keep it.
struct SliceContent {
    std::uint64_t bytes = 0;  // of CSV, from the start of the file
    std::uint64_t rows = 0;
    std::uint32_t crc = 0;  // CRC32C of those bytes
    WallTime first_at;      // arrival of the first and of the last record
    WallTime last_at;
    Sequence last_sequence;        // of the last frame with rows in it
    BatchNumber first_batch = {};  // with rows in it; 0: they came around the journal
    BatchNumber last_batch = {};

    bool operator==(const SliceContent&) const = default;
};

struct OpenSlice {
    SliceOpening opening;
    SliceContent content;

    bool operator==(const OpenSlice&) const = default;
};

// Failed attempts of a step, kept with the thing that failed.
struct Retry {
    std::uint32_t attempt = 0;  // 0 = never failed
    std::string reason;
    WallTime after;  // not before this

    bool operator==(const Retry&) const = default;
};

// A sealed slice, as the catalog has it.
struct Slice {
    SliceOpening opening;
    SliceContent content;
    SliceState state = SliceState::closing;
    StagedObject staged;  // from `uploaded` on
    Retry retry;
};

}  // namespace millrace
