// The shim's wall clock: CLOCK_REALTIME as a test wants it, while the steady clock goes on.
//
// Each function below has the name and meaning of the libc function it replaces.
// See  docs/testing.md

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace {

constexpr std::int64_t kNanosPerMilli = 1'000'000;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

const volatile std::int64_t* map_ahead_ms() {
    const char* const path = std::getenv("MILLRACE_SHIM_CLOCK_AHEAD_FILE");
    if (path == nullptr) return nullptr;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) std::abort();
    void* const mapped = mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped == MAP_FAILED) std::abort();
    return static_cast<const volatile std::int64_t*>(mapped);
}

// The test writes 8 bytes at once, so a reader sees the old or the new number.
std::int64_t ahead_ms() {
    static const auto* const mapped = map_ahead_ms();
    return mapped == nullptr ? 0 : *mapped;
}

void shift(timespec& now) {
    const auto ms = ahead_ms();
    auto nanos = now.tv_nsec + ms % 1000 * kNanosPerMilli;
    now.tv_sec += ms / 1000;
    if (nanos >= kNanosPerSecond) {
        nanos -= kNanosPerSecond;
        ++now.tv_sec;
    } else if (nanos < 0) {
        nanos += kNanosPerSecond;
        --now.tv_sec;
    }
    now.tv_nsec = nanos;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
    using ClockGettime = int (*)(clockid_t, timespec*);
    static const auto real = reinterpret_cast<ClockGettime>(dlsym(RTLD_NEXT, "clock_gettime"));
    const int result = real(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) shift(*now);
    return result;
}

int gettimeofday(timeval* now, void* /*zone*/) noexcept {
    timespec precise{};
    if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
    *now = {.tv_sec = precise.tv_sec, .tv_usec = precise.tv_nsec / 1000};
    return 0;
}

time_t time(time_t* now) noexcept {
    timespec precise{};
    if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
    if (now != nullptr) *now = precise.tv_sec;
    return precise.tv_sec;
}

}  // extern "C"
