#pragma once
// The ledger of a schema: which files were imported into its tables. A row of it commits together
// with the rows of its file.
//
// An import begins with its row. While another session has not ended an import of the same file,
// as one whose connection broke amid its commit, that waits: so a file is never imported twice.
//
// Format  table _millrace_ledger; nobody else writes it.

#include <optional>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ports/target.h"
#include "core/ports/target_care.h"
#include "storage/target/postgres/pg_connection.h"

namespace millrace::postgres {

inline constexpr std::string_view kLedger = "_millrace_ledger";

// Its schema must be there.
Result<void> ensure_ledger(Connection& connection, std::string_view schema);

// Writes the row of the file, inside of a transaction, or returns the receipt of the import that
// has committed one.
// Errors  corrupt: it had another digest; unavailable: another session has not ended, either
Result<std::optional<ImportReceipt>> claim_file(Connection& connection,
                                                const ImportRequest& request);

// Fine if a file is not in it, or there is no ledger.
Result<void> forget_files(Connection& connection, std::string_view schema,
                          const std::vector<FileId>& files);

Result<void> forget_old_files(Connection& connection, const OldImports& old);

}  // namespace millrace::postgres
