#pragma once
// What is due: the two statements that the lifecycle asks again and again, also while very much
// waits because one sink or target is broken.
//
// They cost as much as there are sinks that have something waiting, not as what waits: they go from
// sink to sink in an index and look at the front of each only.
//
// Parameters  ?1 now; ?2 the limit; ?3 a retry beyond it is due

#include <string>

namespace millrace::catalog {

// Files to import; see FileCatalog::files_to_import().
const std::string& files_to_import_sql();

// Slices to upload; see FileCatalog::slices_to_upload().
const std::string& slices_to_upload_sql();

// What waits behind a file, in order; see FileCatalog::files_behind(). Of each its bytes, whether
// it could be imported with all those before it, and the columns of a file.
//
// Parameters  as above; ?4 the file
const std::string& files_behind_sql();

}  // namespace millrace::catalog
