#pragma once
// LoadCatalog: loads and their labels (core/model/load.h draws the states); and how the rows of a
// load become known all at once.
//
// The rows of a load go around the journal, as those of retried rejects do: they are written as
// slice files of the load's own, and one transaction makes them known:
//
//   begin --> (announce_part --> its file --> adopt_part)* --> finish --> [prepare] --> commit
//
// Until the commit no slice and no file of it exists for others, so nothing counts, uploads
// or waits for them, and an open load holds up nothing. A slice file that is announced and that no
// load will make known is a leftover; leftover_parts() finds it.
//
// Order    A commit takes the next turn of its table on its volume. Files of the table that were
//          closed before it on that volume are imported before the load, and later ones after it.
// Thread   any; writes are serialised inside, so of two acts at once one is first.
// Durable  every write is on disk when it returns, except those that say otherwise.
// Errors   unavailable, unknown_outcome; the named ones of loads (core/base/error_names.h). What is
//          repeated after unknown_outcome answers what happened: prepare() the load, commit()
//          kLoadAlreadyCommitted, abort() kLoadAlreadyAborted.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/load.h"

namespace millrace {

// Rows that may become rows of the table of `owner`.
struct LoadRows {
    SinkVersion owner;
    std::uint64_t rows = 0;  // 0 while the load is open: they are not counted yet

    bool operator==(const LoadRows&) const = default;
};

// For the metrics.
struct LoadTotals {
    std::uint64_t open = 0;          // now, written ones too
    std::uint64_t prepared = 0;      // now
    std::uint64_t waiting = 0;       // committed ones whose rows are not in their table, now
    std::uint64_t waiting_rows = 0;  // of these
    std::uint64_t committed = 0;     // since the start
    std::uint64_t aborted = 0;       // since the start
    std::uint64_t rows = 0;          // of those committed since the start
};

class LoadCatalog {
public:
    virtual ~LoadCatalog() = default;

    // A new load in `open`, unless the label is taken; then the one that has it.
    // Errors  unavailable: the volume has ended; conflict kLoadTableDropped: somebody drops the
    //         table right now
    struct Begun {
        Load load;
        bool is_new = false;
    };
    virtual Result<Begun> begin_load(const LoadSpec& spec, const Instant& now) = 0;

    // Says that the file of this part may come into being, on the volume of the load. Parts are
    // numbered from 0; part and slice are of one another, also when it is repeated.
    // Errors  kLoadNotOpen or what ended the load; conflict: the part has another slice
    virtual Result<void> announce_part(LoadNumber load, std::uint32_t part, SliceId slice) = 0;

    // The file of the announced part is durable and holds this. A power loss may take it back: then
    // it takes back the load too, which is not prepared.
    // Errors  as announce_part(); not_found: the part is not announced
    virtual Result<void> adopt_part(LoadNumber load, std::uint32_t part, SliceId slice,
                                    const SliceContent& content) = 0;

    // open -> written: it has all its parts. Done again with the same counts it does nothing. A
    // power loss may take it back.
    // Errors  kLoadNotOpen; conflict: a part is not adopted, or the parts do not have these rows
    //         and bytes
    virtual Result<Load> finish_load(LoadNumber load, const LoadCounts& counts,
                                     const Instant& now) = 0;

    // written -> prepared. A prepared one stays so.
    // Errors  kLoadNotWritten, kLoadAlreadyCommitted, kLoadAlreadyAborted
    virtual Result<Load> prepare_load(LoadNumber load, const Instant& now) = 0;

    // written or prepared -> committed, and its rows are a closed file with this id. A load without
    // rows makes none.
    // Errors  as prepare_load()
    virtual Result<Load> commit_load(LoadNumber load, FileId file, const Instant& now) = 0;

    // To aborted; the label is free.
    // Errors  kLoadAlreadyCommitted, kLoadAlreadyAborted
    virtual Result<Load> abort_load(LoadNumber load, std::string_view reason,
                                    const Instant& now) = 0;

    // committed -> aborted, and its file is discarded: its table refuses one of its rows, and
    // nobody has heard of the commit.
    // Errors  not_found: the file is of no load; conflict: it does not wait for its import
    virtual Result<Load> take_back_load(FileId file, std::string_view reason,
                                        const Instant& now) = 0;

    // Aborts all that are open or written: their writers are gone. At the start, before any
    // begins. Returns how many.
    virtual Result<std::uint64_t> abort_unprepared(std::string_view reason, const Instant& now) = 0;

    // Aborts loads whose time is over, and forgets ended ones whose time is over, `limit` of each.
    struct Expired {
        std::uint64_t aborted = 0;
        std::uint64_t forgotten = 0;
    };
    virtual Result<Expired> expire_loads(const Instant& now, std::uint32_t limit) = 0;

    virtual Result<std::optional<Load>> find_load(LoadNumber load) = 0;
    // The load that has the label; else the newest that was aborted with it.
    virtual Result<std::optional<Load>> find_load(const LoadScope& scope,
                                                  const std::string& label) = 0;
    // In order of their numbers, after `after`.
    virtual Result<std::vector<Load>> loads(const LoadScope& scope, LoadNumber after,
                                            std::uint32_t limit) = 0;
    virtual Result<std::uint64_t> count_loads(const LoadScope& scope) = 0;
    // Whether the rows of a committed load are in the table; of an operation, those of its parts.
    virtual Result<bool> is_imported(const Load& load) = 0;

    // Of loads that are open, written or prepared: one for each owner.
    virtual Result<std::vector<LoadRows>> rows_under_way() = 0;
    virtual Result<LoadTotals> totals() = 0;

    // Slice files of aborted loads, in order of their ids, behind `after`. Those not adopted are
    // listed only with `of_writers`: the writer of one removes it, and others may only when no
    // writer is left.
    virtual Result<std::vector<LocalSlice>> leftover_parts(bool of_writers, const SliceId& after,
                                                           std::uint32_t limit) = 0;
    // The file of the part is gone.
    virtual Result<void> forget_part(SliceId slice) = 0;
    // Whether such files of the load are left, of writers too.
    virtual Result<bool> has_leftover_parts(LoadNumber load) = 0;
};

}  // namespace millrace
