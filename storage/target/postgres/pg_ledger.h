#pragma once
// The ledger of a schema: which files were imported into its tables. A row of it commits together
// with the rows of its file.
//
// An import begins with its row. While another session has not ended an import of the same file,
// as one whose connection broke amid its commit, that waits: so a file is never imported twice.
//
// A row belongs to the role that has written it. Once sinks of the schema have roles of their own
// each of these sees its own rows alone, and the owner of the ledger, the role of the dsn, all; the
// file is unique among all, so that who may not see the row of a file learns that there is one.
//
// Format  table _millrace_ledger; nobody else writes it.

#include <optional>
#include <string>
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

// Lets roles see and write their own rows only, whichever version has made the ledger. Inside of a
// transaction; rows that are there belong to the role of the session.
Result<void> hide_ledger_rows(Connection& connection, std::string_view schema);

// Of a file: nothing, the row is written; or what the row says that was there.
struct Claim {
    std::optional<ImportReceipt> earlier = {};
    bool is_hidden = false;  // it is of another role, and this one may not see it
};

// Writes the row of the file, inside of a transaction, or finds that of the import that has
// committed one.
// Errors  corrupt: it had another digest; unavailable: another session has not ended, either
Result<Claim> claim_file(Connection& connection, const ImportRequest& request);

// The digest of the file; nothing if it is not in the ledger, or there is none.
// Errors  conflict: the role sees only rows of its own, and this is none of them
Result<std::optional<std::string>> find_digest(Connection& connection, std::string_view schema,
                                               FileId file);

// See Target::newest_note().
// Errors  as above
Result<std::optional<std::string>> find_newest_note(Connection& connection, std::string_view schema,
                                                    const std::string& owner);

// Fine if a file is not in it, or there is no ledger.
Result<void> forget_files(Connection& connection, std::string_view schema,
                          const std::vector<FileId>& files);

Result<void> forget_old_files(Connection& connection, const OldImports& old);

}  // namespace millrace::postgres
