#pragma once
// `millrace secrets rekey`: seals all secrets with a new key, on a stopped data folder.
//
//   1. the key file has the new key and the old one        (both open, the new one seals)
//   2. the catalog is sealed with the new one, in one transaction, and written anew
//   3. the key file has the new key alone
//
// Whenever it is interrupted, the key file opens the catalog: the service can be started, and the
// command run again. Copies of the data from before need the old key.

#include <string>

#include "api/config/command_line.h"
#include "core/base/result.h"

namespace millrace {

// Returns what it did, as a sentence.
// Errors  conflict  kDataLocked: the service runs
//         those of load_secret_keys() and of the catalog
Result<std::string> rekey_secrets(const config::Command& command);

}  // namespace millrace
