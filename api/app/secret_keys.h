#pragma once
// The key file: where it is, who makes it, and what is said when it is not the right one.
//
// See  docs/formats/secrets.md

#include <string>

#include "api/config/config.h"
#include "core/base/result.h"
#include "storage/secrets/key_ring.h"

namespace millrace {

// Where the key file is: as configured, or in the data folder.
std::string secret_key_file(const config::Config& config);

// The keys in the key file. One that is not there is made, readable by its owner only, as long as
// nothing in the catalog needs a key. One that others may read is restricted, and that is logged.
// Errors  not_found: the catalog needs a key, with what to do; corrupt: not a key file; those of
//         os::replace_file()
Result<secrets::KeyRing> load_secret_keys(const config::Config& config);

// The error of a catalog that was sealed with a key that is not in the file, with what to do.
// Others come back as they are.
Error explain_secret_error(Error error, const config::Config& config);

}  // namespace millrace
