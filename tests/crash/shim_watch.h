#pragma once
// What the shim knows and decides: where a file descriptor points, which phase of the service a
// call belongs to, whether this call is the one to fail, and whether an answer leaves too early.
//
// Lifetime  one state for the whole process, made by the first call and never destroyed.
// Thread    any.
// See       docs/testing.md, "The shim", for the environment variables.

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::shim {

enum class Place { other, journal, slices, checkpoint, staging, target, catalog, socket };

// Of an open descriptor, asked from /proc each time: descriptors are reused and files are renamed.
Place place_of(int fd);
Place place_of(std::string_view path);

enum class Fate { live, die_before, die_after, die_torn };

// Counts a call and says whether the process has to die at it.
Fate on_write(Place place, std::string_view bytes);
Fate on_sync(Place place);
Fate on_rename(Place place);
Fate on_remove(Place place);

// Ends the process at once, as SIGKILL does. The report names `call` first.
[[noreturn]] void die(std::string_view call);

// Any sync: waits for the delay of all syncs, if there is one, and counts it by its place.
void begin_sync(Place place);
void end_sync(Place place);  // notes when it ended, where that is wanted

// The journal's fdatasync.
enum class SyncOrder { sync, skip, fail };
SyncOrder begin_journal_sync(int fd, std::string& covered);  // waits for the delay, if there is one
void end_journal_sync(const std::string& covered);           // only after a sync that succeeded

// Order check: the request's marker must be in the journal and synced before its 2xx leaves.
// A breach ends the process with status 99 and a line in the report.
bool checks_order();
void journal_written(int fd, std::string_view bytes);
void received(int fd, std::string_view bytes);
void sending(int fd, std::string_view bytes);

}  // namespace millrace::shim
