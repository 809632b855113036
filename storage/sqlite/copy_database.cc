#include "storage/sqlite/copy_database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "storage/sqlite/database.h"
#include "storage/sqlite/sqlite_error.h"

namespace millrace::sqlite {
namespace {

constexpr int kAllPages = -1;  // in one step: what is written meanwhile does not begin it again

// SQLite would make it with the modes of any file.
Result<void> make_empty(const std::string& path) {
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) {
        const auto code = errno == EEXIST ? Code::conflict : Code::unavailable;
        return Error(code, fmt::format("make {}: {}", path, std::strerror(errno)));  // NOLINT
    }
    ::close(file);
    return {};
}

struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

// Not as a Database, which would be of another page size, and cannot take another one then.
Result<Handle> open_copy(const std::string& path) {
    sqlite3* opened = nullptr;
    const int rc = sqlite3_open_v2(path.c_str(), &opened,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, nullptr);
    Handle handle(opened);
    if (rc == SQLITE_OK) return handle;
    return error_from(rc, opened == nullptr ? "out of memory" : sqlite3_errmsg(opened));
}

Result<void> copy_pages(sqlite3* from, sqlite3* to) {
    auto* const backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup == nullptr) {
        return error_from(sqlite3_extended_errcode(to), sqlite3_errmsg(to));
    }
    const int stepped = sqlite3_backup_step(backup, kAllPages);
    const int finished = sqlite3_backup_finish(backup);
    if (stepped != SQLITE_DONE) return error_from(stepped, sqlite3_errmsg(to));
    if (finished != SQLITE_OK) return error_from(finished, sqlite3_errmsg(to));
    return {};
}

}  // namespace

Result<void> copy_database(const std::string& from, const std::string& to) {
    const auto doing = fmt::format("copy {}", from);
    std::error_code failure;
    if (!std::filesystem::is_regular_file(from, failure)) {
        return Error(Code::not_found, "there is no such file").in(doing);
    }
    TRY(make_empty(to));
    TRY_ASSIGN(auto source, Database::open(from, {.read_only = true}));
    TRY_ASSIGN(const auto copy, open_copy(to).in(doing));
    TRY(copy_pages(source.handle(), copy.get()).in(doing));
    // So that it is one file, which may be moved.
    const int rc =
        sqlite3_exec(copy.get(), "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
    if (rc != SQLITE_OK) return error_from(rc, sqlite3_errmsg(copy.get())).in(doing);
    return {};
}

}  // namespace millrace::sqlite
