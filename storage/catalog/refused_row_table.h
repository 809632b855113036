#pragma once
// RefusedRowTable: the rows of files that databases refuse, in catalog.sqlite, until the import of
// their file makes rejects of them.

#include "core/base/ids.h"
#include "core/ports/refused_row_store.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class RefusedRowTable : public RefusedRowStore {
public:
    explicit RefusedRowTable(Connections& connections) : connections_(connections) {}

    Result<RefusedRows> refused_rows(FileId file) override;
    Result<void> record_refused(FileId file, const std::vector<RefusedRow>& rows) override;

private:
    Connections& connections_;
};

// In the transaction of the import of their file, whose slices are still known: the refused rows
// become rejects of its sink, beyond any bound, and the file keeps their number.
Result<void> reject_refused_rows(sqlite::Database& database, FileId file);

// In that of its end without an import.
Result<void> forget_refused_rows(sqlite::Database& database, FileId file);

}  // namespace millrace::catalog
