// The shim: a library for LD_PRELOAD that stands between the real binary and libc's file and socket
// calls. It counts syncs, delays them, skips or fails the journal's, kills the process at a chosen
// call, and ends it when an answer leaves before the sync that covers it.
//
// Each function below has the name and meaning of the libc function it replaces.
// See  docs/testing.md

#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/crash/shim_watch.h"

namespace {

using namespace millrace::shim;

template <typename Function>
Function next(const char* name) {
    void* const found = dlsym(RTLD_NEXT, name);
    if (found == nullptr) std::abort();
    return reinterpret_cast<Function>(found);
}

std::string_view as_view(const void* bytes, std::size_t count) {
    return {static_cast<const char*>(bytes), count};
}

std::string joined(const iovec* parts, std::size_t count) {
    std::string bytes;
    for (std::size_t i = 0; i < count; ++i) bytes += as_view(parts[i].iov_base, parts[i].iov_len);
    return bytes;
}

// The first `count` bytes that a scattered read has filled.
std::string joined_front(const iovec* parts, std::size_t parts_count, ssize_t count) {
    auto bytes = joined(parts, parts_count);
    bytes.resize(std::min(bytes.size(), static_cast<std::size_t>(count)));
    return bytes;
}

// Writes through `write(bytes)`, or dies before, after or in the middle of it.
template <typename Write>
ssize_t watched_write(const char* call, int fd, std::string_view bytes, Write write) {
    const auto place = place_of(fd);
    if (place == Place::other) return write(bytes);
    if (place == Place::socket) {
        if (checks_order()) sending(fd, bytes);
        return write(bytes);
    }
    const auto fate = on_write(place, bytes);
    if (fate == Fate::die_before) die(call);
    if (fate == Fate::die_torn) {
        write(bytes.substr(0, bytes.size() / 2));
        die(call);
    }
    const auto done = write(bytes);
    if (fate == Fate::die_after) die(call);
    if (done > 0 && place == Place::journal && checks_order()) {
        journal_written(fd, bytes.substr(0, static_cast<std::size_t>(done)));
    }
    return done;
}

template <typename Sync>
int watched_sync(const char* call, int fd, Sync sync) {
    const auto place = place_of(fd);
    begin_sync(place);
    const auto fate = on_sync(place);
    if (fate == Fate::die_before || fate == Fate::die_torn) die(call);
    int result = 0;
    if (place == Place::journal) {
        std::string covered;
        switch (begin_journal_sync(fd, covered)) {
            case SyncOrder::fail:
                errno = EIO;
                return -1;
            case SyncOrder::skip:
                break;
            case SyncOrder::sync:
                result = sync(fd);
                if (result == 0) end_journal_sync(covered);
                break;
        }
    } else {
        result = sync(fd);
    }
    if (fate == Fate::die_after) die(call);
    end_sync(place);
    return result;
}

template <typename Act>
int watched_name(const char* call, Fate fate, Act act) {
    if (fate == Fate::die_before || fate == Fate::die_torn) die(call);
    const int result = act();
    if (fate == Fate::die_after) die(call);
    return result;
}

ssize_t heard(int fd, const void* bytes, ssize_t count) {
    if (count > 0 && checks_order() && place_of(fd) == Place::socket) {
        received(fd, as_view(bytes, static_cast<std::size_t>(count)));
    }
    return count;
}

using Write = ssize_t (*)(int, const void*, std::size_t);
using Pwrite = ssize_t (*)(int, const void*, std::size_t, off_t);
using Read = ssize_t (*)(int, void*, std::size_t);
using Sync = int (*)(int);

ssize_t write_at(const char* call, int fd, const void* bytes, std::size_t count, off_t offset) {
    static const auto real = next<Pwrite>("pwrite64");
    return watched_write(call, fd, as_view(bytes, count), [&](std::string_view part) {
        return real(fd, part.data(), part.size(), offset);
    });
}

// Scattered writes are sent on as one: a shorter count is within their contract, a longer one is
// not.
ssize_t write_parts_at(const char* call, int fd, const iovec* parts, int count, off_t offset) {
    const auto bytes = joined(parts, static_cast<std::size_t>(count));
    return write_at(call, fd, bytes.data(), bytes.size(), offset);
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, std::size_t count) {
    static const auto real = next<Write>("write");
    return watched_write("write", fd, as_view(bytes, count),
                         [&](std::string_view part) { return real(fd, part.data(), part.size()); });
}

ssize_t pwrite(int fd, const void* bytes, std::size_t count, off_t offset) {
    return write_at("pwrite", fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void* bytes, std::size_t count, off64_t offset) {
    return write_at("pwrite64", fd, bytes, count, offset);
}

ssize_t writev(int fd, const iovec* parts, int count) {
    const auto bytes = joined(parts, static_cast<std::size_t>(count));
    return write(fd, bytes.data(), bytes.size());
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
    return write_parts_at("pwritev", fd, parts, count, offset);
}

ssize_t pwritev64(int fd, const iovec* parts, int count, off64_t offset) {
    return write_parts_at("pwritev64", fd, parts, count, offset);
}

int fdatasync(int fd) {
    static const auto real = next<Sync>("fdatasync");
    return watched_sync("fdatasync", fd, real);
}

int fsync(int fd) {
    static const auto real = next<Sync>("fsync");
    return watched_sync("fsync", fd, real);
}

int rename(const char* from, const char* to) noexcept {
    static const auto real = next<int (*)(const char*, const char*)>("rename");
    return watched_name("rename", on_rename(place_of(to)), [&] { return real(from, to); });
}

int renameat(int from_dir, const char* from, int to_dir, const char* to) noexcept {
    static const auto real = next<int (*)(int, const char*, int, const char*)>("renameat");
    return watched_name("renameat", on_rename(place_of(to)),
                        [&] { return real(from_dir, from, to_dir, to); });
}

// A second name for a file counts as the rename that puts a file in its place.
int link(const char* from, const char* to) noexcept {
    static const auto real = next<int (*)(const char*, const char*)>("link");
    return watched_name("link", on_rename(place_of(to)), [&] { return real(from, to); });
}

int unlink(const char* path) noexcept {
    static const auto real = next<int (*)(const char*)>("unlink");
    return watched_name("unlink", on_remove(place_of(path)), [&] { return real(path); });
}

int unlinkat(int dir, const char* path, int flags) noexcept {
    static const auto real = next<int (*)(int, const char*, int)>("unlinkat");
    return watched_name("unlinkat", on_remove(place_of(path)),
                        [&] { return real(dir, path, flags); });
}

int remove(const char* path) noexcept {
    static const auto real = next<int (*)(const char*)>("remove");
    return watched_name("remove", on_remove(place_of(path)), [&] { return real(path); });
}

ssize_t send(int fd, const void* bytes, std::size_t count, int flags) {
    static const auto real = next<ssize_t (*)(int, const void*, std::size_t, int)>("send");
    if (checks_order()) sending(fd, as_view(bytes, count));
    return real(fd, bytes, count, flags);
}

ssize_t sendto(int fd, const void* bytes, std::size_t count, int flags, const sockaddr* to,
               socklen_t to_bytes) {
    using SendTo = ssize_t (*)(int, const void*, std::size_t, int, const sockaddr*, socklen_t);
    static const auto real = next<SendTo>("sendto");
    if (checks_order()) sending(fd, as_view(bytes, count));
    return real(fd, bytes, count, flags, to, to_bytes);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
    static const auto real = next<ssize_t (*)(int, const msghdr*, int)>("sendmsg");
    if (checks_order()) sending(fd, joined(message->msg_iov, message->msg_iovlen));
    return real(fd, message, flags);
}

ssize_t recv(int fd, void* bytes, std::size_t count, int flags) {
    static const auto real = next<ssize_t (*)(int, void*, std::size_t, int)>("recv");
    return heard(fd, bytes, real(fd, bytes, count, flags));
}

ssize_t __recv_chk(int fd, void* bytes, std::size_t count, std::size_t, int flags) {
    return recv(fd, bytes, count, flags);
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
    static const auto real = next<ssize_t (*)(int, msghdr*, int)>("recvmsg");
    const auto count = real(fd, message, flags);
    if (count > 0 && checks_order()) {
        received(fd, joined_front(message->msg_iov, message->msg_iovlen, count));
    }
    return count;
}

ssize_t read(int fd, void* bytes, std::size_t count) {
    static const auto real = next<Read>("read");
    return heard(fd, bytes, real(fd, bytes, count));
}

ssize_t __read_chk(int fd, void* bytes, std::size_t count, std::size_t) {
    return read(fd, bytes, count);
}

ssize_t readv(int fd, const iovec* parts, int count) {
    static const auto real = next<ssize_t (*)(int, const iovec*, int)>("readv");
    const auto filled = real(fd, parts, count);
    if (filled > 0 && checks_order() && place_of(fd) == Place::socket) {
        received(fd, joined_front(parts, static_cast<std::size_t>(count), filled));
    }
    return filled;
}

}  // extern "C"
