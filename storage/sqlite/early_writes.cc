#include "storage/sqlite/early_writes.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>

namespace millrace::sqlite {
namespace {

constexpr std::uint64_t kEarlyBytes = 8 << 20;
constexpr std::size_t kPlaces = 4096;

// Bytes written since the disk was last given some, by descriptor. A number that is used again, or
// by two, gives some bytes a little earlier or later.
std::array<std::atomic<std::uint64_t>, kPlaces> g_written;

// SQLite's temporary files have no name. Most of them never need to reach the disk.
bool has_name(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && status.st_nlink > 0;
}

void note_written(int fd, ssize_t count) {
    if (fd < 0 || count <= 0) return;
    auto& written = g_written[static_cast<std::size_t>(fd) % kPlaces];
    const auto bytes = static_cast<std::uint64_t>(count);
    if (written.fetch_add(bytes, std::memory_order_relaxed) + bytes < kEarlyBytes) return;
    written.store(0, std::memory_order_relaxed);
    const int number = errno;
    if (has_name(fd)) ::sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);  // to the end
    errno = number;
}

ssize_t write_and_note(int fd, const void* bytes, size_t count) {
    const auto written = ::write(fd, bytes, count);
    note_written(fd, written);
    return written;
}

ssize_t pwrite_and_note(int fd, const void* bytes, size_t count, off64_t offset) {
    const auto written = ::pwrite64(fd, bytes, count, offset);
    note_written(fd, written);
    return written;
}

template <typename Function>
void replace(sqlite3_vfs& vfs, const char* name, Function function) {
    vfs.xSetSystemCall(&vfs, name, reinterpret_cast<sqlite3_syscall_ptr>(function));
}

bool replace_writes() {
    static_assert(sizeof(off_t) == sizeof(off64_t), "pwrite() takes what pwrite64() takes");
    auto* vfs = sqlite3_vfs_find("unix");  // others of the library share its calls
    if (vfs == nullptr || vfs->iVersion < 3 || vfs->xSetSystemCall == nullptr) return false;
    replace(*vfs, "write", write_and_note);
    replace(*vfs, "pwrite", pwrite_and_note);
    replace(*vfs, "pwrite64", pwrite_and_note);
    return true;
}

}  // namespace

void write_early() {
    [[maybe_unused]] static const bool replaced = replace_writes();
}

}  // namespace millrace::sqlite
