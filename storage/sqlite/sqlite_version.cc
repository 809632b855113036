#include "storage/sqlite/sqlite_version.h"

#include <sqlite3.h>

namespace millrace::sqlite {

std::string library_version() {
    return sqlite3_libversion();
}

bool has_wal_reset_fault(int version_number) {
    const int line = version_number / 1000;  // 3.51.3 is 3'051'003
    const int patch = version_number % 1000;
    if (line == 3'044) return patch < 6;
    if (line == 3'050) return patch < 7;
    if (line == 3'051) return patch < 3;
    return line < 3'051;
}

bool has_wal_reset_fault() {
    return has_wal_reset_fault(sqlite3_libversion_number());
}

}  // namespace millrace::sqlite
