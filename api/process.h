#pragma once
// What the process asks of the system before anything else, so that all later code can rely on it.

namespace millrace {

// First thing in main(), while there is one thread. From now on
// - descriptors 0 to 2 are open, so that no file of the service becomes standard error; from a
//   standard input that was closed nothing can be read;
// - files and directories are made closed to other users, whatever umask the process was given; a
//   stricter one stays;
// - a write past the limit of a file's size (EFBIG), or to no reader (EPIPE), is an error of that
//   write; SIGUSR1 and SIGUSR2 do nothing.
void prepare_process();

}  // namespace millrace
