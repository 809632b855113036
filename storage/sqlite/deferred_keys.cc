#include "storage/sqlite/deferred_keys.h"

#include <sqlite3.h>

namespace millrace::sqlite {

bool lacks_referred_rows(const Database& database) {
    int lacking = 0;
    int unused = 0;
    sqlite3_db_status(database.handle(), SQLITE_DBSTATUS_DEFERRED_FKS, &lacking, &unused, 0);
    return lacking != 0;
}

}  // namespace millrace::sqlite
