#pragma once
// SqliteCatalog: all catalogs in one SQLite file.
//
// Lifetime  one process has the file open for writing (DIR/lock sees to it).
// Thread    any; readers never wait for writers.
// Durable   every write is on disk when it returns.
// See       schema.cc for the tables

#include <memory>
#include <string>

#include "storage/catalog/ages.h"
#include "storage/catalog/coverage_table.h"
#include "storage/catalog/defined_tables.h"
#include "storage/catalog/definitions.h"
#include "storage/catalog/documents.h"
#include "storage/catalog/file_tables.h"
#include "storage/catalog/installation.h"
#include "storage/catalog/key_home_table.h"
#include "storage/catalog/loads.h"
#include "storage/catalog/losses.h"
#include "storage/catalog/old_file_rows.h"
#include "storage/catalog/overviews.h"
#include "storage/catalog/refused_row_table.h"
#include "storage/catalog/registered_volumes.h"
#include "storage/catalog/rejects.h"
#include "storage/catalog/reports.h"
#include "storage/catalog/sink_token_table.h"
#include "storage/catalog/staging_marks.h"
#include "storage/catalog/tokens.h"

namespace millrace::catalog {

class SqliteCatalog : public Definitions,
                      public FileTables,
                      public Loads,
                      public DefinedTables,
                      public Losses,
                      public Tokens,
                      public Reports,
                      public Rejects,
                      public RefusedRowTable,
                      public CoverageTable,
                      public RegisteredVolumes,
                      public Ages,
                      public KeyHomes,
                      public StagingMarks,
                      public Documents,
                      public Overviews,
                      public Installation,
                      public OldFileRows,
                      public SinkTokens {
public:
    // Opens or makes the file and brings it to the newest schema. `secrets` must outlive it.
    // Errors  conflict: written by a newer version of the program, or not a catalog, or
    //         kUnknownSecretKey; unavailable; unknown_outcome; corrupt
    static Result<std::unique_ptr<SqliteCatalog>> open(const std::string& path,
                                                       const SecretStore& secrets);

    // What opening it had to do to keep its secrets sealed.
    const SealingReport& sealing() const { return connections_->sealing(); }

private:
    SqliteCatalog(std::unique_ptr<Connections> connections, const SecretStore& secrets)
        : Definitions(*connections, secrets),
          FileTables(*connections),
          Loads(*connections),
          DefinedTables(*connections),
          Losses(*connections),
          Tokens(*connections),
          Reports(*connections),
          Rejects(*connections),
          RefusedRowTable(*connections),
          CoverageTable(*connections),
          RegisteredVolumes(*connections),
          Ages(*connections),
          KeyHomes(*connections),
          StagingMarks(*connections),
          Documents(*connections),
          Overviews(*connections),
          Installation(*connections),
          OldFileRows(*connections),
          SinkTokens(*connections, secrets),
          connections_(std::move(connections)) {}

    std::unique_ptr<Connections> connections_;
};

}  // namespace millrace::catalog
