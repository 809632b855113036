#pragma once
// What the process asks of the system before anything else, so that all later code can rely on it.

namespace millrace {

// First thing in main(), while there is one thread. Files that are made from now on are closed to
// other users, and their directories too, whatever umask the process was given; a stricter one
// stays.
void prepare_process();

}  // namespace millrace
