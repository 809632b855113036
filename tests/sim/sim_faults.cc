#include "tests/sim/sim_faults.h"

namespace millrace::sim {

std::string_view to_string(Fault fault) {
    switch (fault) {
        case Fault::operation_failed:
            return "operation_failed";
        case Fault::write_cut:
            return "write_cut";
        case Fault::no_space:
            return "no_space";
        case Fault::no_descriptor:
            return "no_descriptor";
        case Fault::sync_failed:
            return "sync_failed";
        case Fault::directory_sync_failed:
            return "directory_sync_failed";
        case Fault::directories_unsynced:
            return "directories_unsynced";
        case Fault::sector_dropped:
            return "sector_dropped";
        case Fault::name_dropped:
            return "name_dropped";
        case Fault::bit_flipped:
            return "bit_flipped";
        case Fault::sector_lost:
            return "sector_lost";
        case Fault::sector_stale:
            return "sector_stale";
        case Fault::write_torn:
            return "write_torn";
        case Fault::tail_zeros:
            return "tail_zeros";
        case Fault::tail_garbage:
            return "tail_garbage";
        case Fault::size_lost:
            return "size_lost";
        case Fault::create_lost:
            return "create_lost";
        case Fault::remove_lost:
            return "remove_lost";
        case Fault::rename_lost:
            return "rename_lost";
        case Fault::rename_doubled:
            return "rename_doubled";
    }
    return "unknown";
}

}  // namespace millrace::sim
