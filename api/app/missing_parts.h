#pragma once
// Looks at the start for parts of the data folder that were taken away while others stayed, or are
// something else.
//
// Thread  the one that starts the service.

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/table_id.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/disk.h"

namespace millrace {

// Whether there is a catalog: an empty file is what a first start leaves that was killed, and a
// database without a table what a copy is that was made without its log.
// Errors  those of the disk
Result<bool> has_catalog(Disk& disk, const std::string& catalog_path);

// Before the catalog is opened, which would make a new one. Without its catalog it is unknown which
// sinks the rows in a journal belong to, so that must be a person's decision.
// Errors  conflict: there is no catalog, or an empty one, and a volume in one of `directories` has
//         a journal
Result<void> check_catalog_is_there(Disk& disk, const std::string& catalog_path,
                                    const std::vector<std::string>& directories);

// Of a file that is there and has bytes; nothing of it is changed.
// Errors  corrupt, conflict: it is no database that can be read, or not one of Millrace, with the
//         remedy
Result<void> check_catalog_is_one(const std::string& catalog_path);

// The same, and of each page. Reads the whole file.
Result<void> check_catalog_is_whole(const std::string& catalog_path);

// What failed a start, with the file and the remedy where SQLite says neither: a page of the
// catalog that is damaged, a disk without room.
Error explain_start(Error error, const std::string& data_dir);

// Of a disk without room the file, and what helps: to make some and `then`. Other errors as they
// are.
Error explain_no_room(Error error, const std::string& data_dir, std::string_view then);

struct MissingBucket {
    std::string bucket;
    std::size_t sinks = 0;  // that write to it and are not disabled
};

struct TargetFolder {
    TargetName target;
    std::string folder;
};
// Buckets of sinks of the target that have no database in its folder.
// Errors  those of the catalog and the disk
Result<std::vector<MissingBucket>> find_missing_buckets(Disk& disk, DefinitionCatalog& catalog,
                                                        const TargetFolder& target);

// The same of tables that are known.
Result<std::vector<MissingBucket>> find_missing_buckets(Disk& disk, const std::string& folder,
                                                        const std::vector<TableId>& tables);

}  // namespace millrace
