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

// open() takes the lowest free descriptor. What was closed to read from is no empty input: reading
// it fails.
void open_standard_descriptors() {
    int descriptor = ::open("/dev/null", O_WRONLY);
    if (descriptor > STDIN_FILENO) ::close(descriptor);
    descriptor = 0;
    while (descriptor >= 0 && descriptor <= STDERR_FILENO) descriptor = ::open("/dev/null", O_RDWR);
    if (descriptor > STDERR_FILENO) ::close(descriptor);
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
