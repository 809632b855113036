#include "tests/crash/shim_watch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>

namespace millrace::shim {
namespace {

constexpr std::string_view kMarker = "mark-";  // followed by kMarkerDigits hexadecimal digits
constexpr std::size_t kMarkerDigits = 16;
constexpr int kBreachStatus = 99;

// By Place.
constexpr std::size_t kPlaces = 8;
constexpr std::array<std::string_view, kPlaces> kPlaceNames = {
    "other", "journal", "slices", "checkpoint", "staging", "target", "catalog", "socket"};
constexpr std::size_t kCountLineBytes = 24;

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view(value);
}

long number(std::string_view text) {
    return text.empty() ? 0 : std::atol(std::string(text).c_str());
}

struct Options {
    std::string directory{environment("MILLRACE_SHIM_DIR")};  // empty: any data folder
    std::string report{environment("MILLRACE_SHIM_REPORT")};
    long sync_delay_ms = number(environment("MILLRACE_SHIM_SYNC_DELAY_MS"));
    long every_sync_delay_us = number(environment("MILLRACE_SHIM_EVERY_SYNC_DELAY_US"));
    std::string sync_counts{environment("MILLRACE_SHIM_SYNC_COUNTS")};
    std::string sync_ends{environment("MILLRACE_SHIM_SYNC_ENDS")};
    bool check_order = environment("MILLRACE_SHIM_CHECK_ORDER") == "1";
    bool skip_sync = environment("MILLRACE_SHIM_SKIP_SYNC") == "1";
    long fail_sync_at = number(environment("MILLRACE_SHIM_FAIL_SYNC_AT"));
    std::string kill_phase;
    long kill_at = 0;
    Fate kill_fate = Fate::die_before;

    Options() {
        const std::string kill(environment("MILLRACE_SHIM_KILL"));
        const auto first = kill.find(':');
        if (first == std::string::npos) return;
        const auto second = kill.find(':', first + 1);
        kill_phase = kill.substr(0, first);
        kill_at = number(std::string_view(kill).substr(first + 1, second - first - 1));
        if (second == std::string::npos) return;
        const auto when = kill.substr(second + 1);
        if (when == "after") kill_fate = Fate::die_after;
        if (when == "torn") kill_fate = Fate::die_torn;
    }
};

struct State {
    const Options options;
    std::atomic<long> calls_of_phase = 0;
    std::atomic<long> journal_syncs = 0;
    std::array<std::atomic<long>, kPlaces> syncs{};

    std::mutex mutex;
    // A marker -> where its rows were written, and whether a sync has covered them.
    struct Written {
        ino_t file = 0;
        bool durable = false;
    };
    std::map<std::string, Written> written;
    std::map<int, std::string>
        asked;  // socket -> marker of the request in flight; empty: not known yet
};

// Never destroyed: hooks are called while the process ends.
State& state() {
    static auto* const only = new State;
    return *only;
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

void append_line(const std::string& path, std::string_view line) {
    // System calls without libc: the shim does not watch itself.
    const long fd = syscall(SYS_openat, AT_FDCWD, path.c_str(),
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) return;
    const auto text = std::string(line) + "\n";
    syscall(SYS_write, fd, text.data(), text.size());
    syscall(SYS_close, fd);
}

void report(std::string_view line) {
    const auto& path = state().options.report;
    if (!path.empty()) append_line(path, line);
}

Fate on_phase(std::string_view phase) {
    auto& s = state();
    if (s.options.kill_phase != phase) return Fate::live;
    return ++s.calls_of_phase == s.options.kill_at ? s.options.kill_fate : Fate::live;
}

std::optional<std::string> marker_in(std::string_view bytes) {
    for (auto at = bytes.find(kMarker); at != std::string_view::npos;
         at = bytes.find(kMarker, at + 1)) {
        const auto marker = bytes.substr(at, kMarker.size() + kMarkerDigits);
        if (marker.size() == kMarker.size() + kMarkerDigits) return std::string(marker);
    }
    return std::nullopt;
}

ino_t file_of(int fd) {
    struct stat found {};
    return fstat(fd, &found) == 0 ? found.st_ino : 0;
}

[[noreturn]] void breach(const std::string& what) {
    report("breach " + what);
    syscall(SYS_exit_group, kBreachStatus);
    __builtin_unreachable();
}

void wait_us(long us) {
    const timespec delay{.tv_sec = us / 1'000'000, .tv_nsec = us % 1'000'000 * 1000};
    nanosleep(&delay, nullptr);
}

bool is_zero_fill(std::string_view bytes) {
    return bytes.substr(0, 16).find_first_not_of('\0') == std::string_view::npos;
}

}  // namespace

Place place_of(std::string_view path) {
    if (path.starts_with("socket:")) return Place::socket;
    const auto& directory = state().options.directory;
    if (!directory.empty() && !path.starts_with(directory)) return Place::other;
    if (contains(path, "/volumes/")) {
        if (contains(path, "checkpoint")) return Place::checkpoint;
        if (contains(path, "/journal/life")) return Place::other;  // once a start, no frame
        if (contains(path, "/journal/")) return Place::journal;
        if (contains(path, "/slices/")) return Place::slices;
        return Place::other;
    }
    if (contains(path, "/staging/")) return Place::staging;
    if (contains(path, "/target/")) return Place::target;
    if (contains(path, "/catalog.sqlite")) return Place::catalog;
    return Place::other;
}

Place place_of(int fd) {
    std::array<char, PATH_MAX> target{};
    std::string link = "/proc/self/fd/" + std::to_string(fd);
    const long bytes = syscall(SYS_readlink, link.c_str(), target.data(), target.size());
    return bytes <= 0 ? Place::other
                      : place_of(std::string_view(target.data(), static_cast<std::size_t>(bytes)));
}

Fate on_write(Place place, std::string_view bytes) {
    switch (place) {
        // Segments are filled with zeros ahead of use; that is no frame.
        case Place::journal:
            return on_phase(is_zero_fill(bytes) ? "preallocate" : "frame");
        case Place::slices:
            return on_phase("slice");
        case Place::checkpoint:
            return on_phase("checkpoint");
        case Place::staging:
            return on_phase("upload");
        case Place::target:
            return on_phase("import");
        case Place::catalog:
            return on_phase("catalog");
        case Place::other:
        case Place::socket:
            return Fate::live;
    }
    return Fate::live;
}

Fate on_sync(Place place) {
    if (place == Place::journal) return on_phase("sync");
    if (place == Place::slices) return on_phase("seal");
    return Fate::live;
}

Fate on_rename(Place place) {
    if (place == Place::staging) return on_phase("upload");
    if (place == Place::checkpoint) return on_phase("checkpoint");
    return Fate::live;
}

Fate on_remove(Place place) {
    const bool destroys = place == Place::slices || place == Place::staging;
    return destroys ? on_phase("remove") : Fate::live;
}

void die(std::string_view call) {
    const auto& options = state().options;
    report("kill phase=" + options.kill_phase + " n=" + std::to_string(options.kill_at) +
           " call=" + std::string(call));
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

void begin_sync(Place place) {
    auto& s = state();
    if (s.options.every_sync_delay_us > 0) wait_us(s.options.every_sync_delay_us);
    if (s.options.sync_counts.empty()) return;
    const auto line = static_cast<std::size_t>(place);
    // Under a lock: a later count must not be overwritten by an earlier one.
    const std::lock_guard lock(s.mutex);
    auto count = std::to_string(++s.syncs.at(line));
    auto text = std::string(kPlaceNames.at(line)) + " ";
    text.append(kCountLineBytes - 1 - text.size() - count.size(), ' ');
    text += count + "\n";
    const long fd = syscall(SYS_openat, AT_FDCWD, s.options.sync_counts.c_str(),
                            O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return;
    syscall(SYS_pwrite64, fd, text.data(), text.size(), line * kCountLineBytes);
    syscall(SYS_close, fd);
}

void end_sync(Place place) {
    const auto& path = state().options.sync_ends;
    if (path.empty()) return;
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const auto us = std::to_string(now.tv_sec * 1'000'000 + now.tv_nsec / 1000);
    append_line(path, std::string(kPlaceNames.at(static_cast<std::size_t>(place))) + " " + us);
}

SyncOrder begin_journal_sync(int fd, std::string& covered) {
    auto& s = state();
    const auto n = ++s.journal_syncs;
    if (s.options.sync_delay_ms > 0) wait_us(s.options.sync_delay_ms * 1000);
    if (n == s.options.fail_sync_at) {
        report("failed sync " + std::to_string(n));
        return SyncOrder::fail;
    }
    if (s.options.skip_sync) return SyncOrder::skip;
    if (s.options.check_order) {
        // Only what was written before the sync began is covered by it.
        const auto file = file_of(fd);
        const std::lock_guard lock(s.mutex);
        for (const auto& [marker, written] : s.written) {
            if (written.file == file && !written.durable) covered += marker;
        }
    }
    return SyncOrder::sync;
}

void end_journal_sync(const std::string& covered) {
    auto& s = state();
    const std::lock_guard lock(s.mutex);
    constexpr auto kBytes = kMarker.size() + kMarkerDigits;
    for (std::size_t at = 0; at < covered.size(); at += kBytes) {
        const auto found = s.written.find(covered.substr(at, kBytes));
        if (found != s.written.end()) found->second.durable = true;
    }
}

bool checks_order() {
    return state().options.check_order;
}

void journal_written(int fd, std::string_view bytes) {
    auto& s = state();
    const auto file = file_of(fd);
    const std::lock_guard lock(s.mutex);
    while (const auto marker = marker_in(bytes)) {
        s.written[*marker] = {.file = file, .durable = false};
        bytes.remove_prefix(bytes.find(*marker) + marker->size());
    }
}

void received(int fd, std::string_view bytes) {
    auto& s = state();
    const std::lock_guard lock(s.mutex);
    if (bytes.starts_with("POST /stream")) s.asked[fd] = "";
    if (bytes.starts_with("GET ") || bytes.starts_with("PUT ") || bytes.starts_with("POST /v1")) {
        s.asked.erase(fd);
    }
    const auto request = s.asked.find(fd);
    if (request == s.asked.end()) return;
    if (const auto marker = marker_in(bytes)) request->second = *marker;
}

void sending(int fd, std::string_view bytes) {
    if (!bytes.starts_with("HTTP/1.1 2")) return;
    auto& s = state();
    const std::lock_guard lock(s.mutex);
    const auto request = s.asked.find(fd);
    if (request == s.asked.end() || request->second.empty()) return;
    const auto marker = request->second;
    const auto found = s.written.find(marker);
    if (found == s.written.end())
        breach(marker + ": answered before it was written to the journal");
    if (!found->second.durable) breach(marker + ": answered before the sync that covers it");
    s.written.erase(found);
    s.asked.erase(request);
    report("in order " + marker);
}

}  // namespace millrace::shim
