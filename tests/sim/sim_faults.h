#pragma once
// The kinds of faults a SimDisk fires, and how often it did. A simulation sums them over its seeds
// and asserts at the end that none is missing: a fault that never fired has tested nothing.

#include <cstdint>
#include <map>
#include <string_view>

namespace millrace::sim {

enum class Fault {
    // While the disk is used.
    operation_failed,       // it did not happen
    write_cut,              // a write failed after a part of it
    no_space,               //
    no_descriptor,          //
    sync_failed,            //
    directory_sync_failed,  //
    directories_unsynced,   // make_directories() made them and failed to sync
    sector_dropped,         // by a failed sync
    name_dropped,           // by a failed sync of its directory
    bit_flipped,            //

    // At power loss, each about something that was not synced.
    sector_lost,     //
    sector_stale,    // an older one of several writes survived
    write_torn,      // of one file some sectors survived and some did not
    tail_zeros,      // the file grew, its new bytes are zeros
    tail_garbage,    // the file grew, its new bytes are what was on the disk before
    size_lost,       // the size is not the last one
    create_lost,     //
    remove_lost,     //
    rename_lost,     //
    rename_doubled,  // the file has both names
};

std::string_view to_string(Fault fault);

// Kinds that never fired are absent.
using FaultCounts = std::map<Fault, std::uint64_t>;

}  // namespace millrace::sim
