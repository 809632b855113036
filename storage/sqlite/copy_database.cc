#include "storage/sqlite/copy_database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>

#include "core/ports/disk.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/last_error.h"
#include "storage/sqlite/sqlite_error.h"

namespace millrace::sqlite {
namespace {

constexpr int kAllPages = -1;  // in one step: what is written meanwhile does not begin it again

// SQLite would make it with the modes of any file.
Result<void> make_empty(const std::string& path) {
    const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) {
        const int why = errno;
        const auto code = why == EEXIST ? Code::conflict : Code::unavailable;
        return Error(code, fmt::format("make {}: {}", path, std::strerror(why)))  // NOLINT
            .named(is_no_space(why) ? kNoSpace : std::string_view());
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
    return opened == nullptr ? error_from(rc, "out of memory") : last_error(opened);
}

Result<void> copy_pages(sqlite3* from, sqlite3* to) {
    auto* const backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup == nullptr) {
        return last_error(to);
    }
    const int stepped = sqlite3_backup_step(backup, kAllPages);
    const int finished = sqlite3_backup_finish(backup);
    if (finished != SQLITE_OK) return last_error(to);
    if (stepped != SQLITE_DONE) return error_from(stepped, sqlite3_errmsg(to));
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
    if (rc != SQLITE_OK) return last_error(copy.get()).in(doing);
    return {};
}

}  // namespace millrace::sqlite
