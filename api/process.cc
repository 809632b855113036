#include "api/process.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <initializer_list>

namespace millrace {
namespace {

constexpr mode_t kNotForOthers = 0027;  // SQLite makes its files 0644 less this
constexpr int kMappedFromBytes = 1 << 20;

struct Standard {
    int descriptor;
    int mode;
};

// open() takes the lowest free descriptor, and each of these is in its place when the next is
// looked at. What was closed to read from is no empty input, and what was closed to write to has
// not taken the output: both fail.
void open_standard_descriptors() {
    for (const auto& [descriptor, mode] :
         {Standard{STDIN_FILENO, O_WRONLY}, Standard{STDOUT_FILENO, O_RDONLY},
          Standard{STDERR_FILENO, O_RDWR}}) {
        if (::fcntl(descriptor, F_GETFD) != -1) continue;
        if (::open("/dev/null", mode) == -1) return;
    }
}

}  // namespace

void prepare_process() {
    // Left alone, the C library puts large blocks where it cannot give them back, once it has freed
    // one of that size: after a few large requests their memory would never come back.
    ::mallopt(M_MMAP_THRESHOLD, kMappedFromBytes);
    open_standard_descriptors();
    for (const int ignored : {SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2}) ::signal(ignored, SIG_IGN);
    const auto given = ::umask(kNotForOthers);
    ::umask(given | kNotForOthers);
}

}  // namespace millrace
