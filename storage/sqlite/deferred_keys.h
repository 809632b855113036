#pragma once
// Foreign keys that are looked at when a transaction commits (DEFERRABLE INITIALLY DEFERRED).

#include "storage/sqlite/database.h"

namespace millrace::sqlite {

// Whether the transaction that is open could not commit now, as a row lacks the one it refers to.
bool lacks_referred_rows(const Database& database);

}  // namespace millrace::sqlite
