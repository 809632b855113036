#pragma once
// What is due: what the lifecycle asks again and again, also while very much
// waits because one sink or target is broken.
//
// It costs as much as there are sinks that have something waiting, not as what waits: it goes from
// sink to sink in an index and looks at the front of each only.
//
// Parameters  ?1 now; ?2 the limit; ?3 a retry beyond it is due

#include <string>

namespace millrace::catalog {

// Files to import; see LifecycleCatalog::files_to_import().
const std::string& files_to_import_sql();

}  // namespace millrace::catalog
