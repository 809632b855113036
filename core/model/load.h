#pragma once
// Load: rows of one client that become rows of a table all together, or not at all.
//
//   open --all rows are in files--> written --prepare--> prepared --commit--> committed
//     |                                |  '----------------commit---------------^
//     '------------abort---------------+-------abort---------'---> aborted
//
// A load has a label, which no other one of its scope has unless that was aborted: so a client that
// sends a load again learns what became of the first. `open` and `written` end with the process;
// `prepared` is a promise that survives it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/base/error_names.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/model/mapping_snapshot.h"
#include "core/model/slice.h"

namespace millrace {

// From 1; never used again. Clients name a load by it, or by its label.
using LoadNumber = Id<std::uint64_t, struct LoadTag>;

enum class LoadState { open, written, prepared, committed, aborted };

std::string_view to_string(LoadState state);
std::optional<LoadState> load_state_from(std::string_view text);

// Where a label is unique.
struct LoadScope {
    ProjectId project;
    BranchId branch;

    auto operator<=>(const LoadScope&) const = default;
};

// How long a load may be in a state, by the clock of ages.
struct LoadTimes {
    Milliseconds open = std::chrono::hours(72);      // then it is aborted; written ones too
    Milliseconds prepared = std::chrono::hours(72);  // then it is aborted
    Milliseconds ended = std::chrono::hours(72);     // then it and its label are forgotten

    bool operator==(const LoadTimes&) const = default;
};

// Rows that a load has read, by what became of them.
struct LoadCounts {
    std::uint64_t rows = 0;        // in its files
    std::uint64_t bytes = 0;       // of its files, headers of slices too
    std::uint64_t filtered = 0;    // could not be mapped
    std::uint64_t unselected = 0;  // were not asked for

    bool operator==(const LoadCounts&) const = default;
};

// What a new load needs.
struct LoadSpec {
    LoadScope scope;
    std::string label;      // not empty
    MappingSnapshot table;  // its rows are rendered so; of no sink
    VolumeId volume;        // where its files are
    LoadTimes times;
    std::string info;  // what the door wants to find again; only the door reads it
};

struct Load {
    LoadNumber number;
    LoadScope scope;
    std::string label;
    TableId table;
    SinkVersion owner;  // the number of the table, and the version of the mapping
    VolumeId volume;
    LoadState state = LoadState::open;
    LoadCounts counts;  // from `written` on
    LoadTimes times;
    std::string info;
    std::string reason;          // why it was aborted
    std::optional<FileId> file;  // of its rows, once it is committed; none if it has none
    WallTime begun_at;
    std::optional<WallTime> ended_at;
    AgeTime until;  // an ended one is forgotten then, any other aborted

    bool has_ended() const { return state == LoadState::committed || state == LoadState::aborted; }
};

// What a client hears whose label another load has.
Error label_exists(const Load& first);

}  // namespace millrace
