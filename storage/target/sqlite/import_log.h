#pragma once
// The import log of a bucket database: which files were imported. Its rows commit together with
// theirs.
//
// Format  table _millrace_ledger; only the import writes it.

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/target.h"
#include "core/ports/target_care.h"
#include "storage/sqlite/database.h"

namespace millrace::target {

Result<void> ensure_import_log(sqlite::Database& database);

// The receipt of an earlier import of the file.
// Errors  corrupt: it had another digest
Result<std::optional<ImportReceipt>> find_receipt(sqlite::Database& database,
                                                  const ImportRequest& request);

// Nothing where there is no import log, too.
Result<std::optional<std::string>> find_digest(sqlite::Database& database, FileId file);

Result<std::optional<std::string>> find_newest_note(sqlite::Database& database,
                                                    const std::string& owner);

Result<void> write_receipt(sqlite::Database& database, const ImportRequest& request);

// Fine if a file is not in it, or there is no import log.
Result<void> delete_receipts(sqlite::Database& database, const std::vector<FileId>& files);

Result<void> delete_old_receipts(sqlite::Database& database, const OldImports& old);

}  // namespace millrace::target
