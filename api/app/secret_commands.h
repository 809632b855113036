#pragma once
// `millrace secrets ...`: what is done to sealed secrets on a stopped data folder.
//
// rekey seals all of them with a new key:
//   1. the key file has the new key and the old one        (both open, the new one seals)
//   2. the catalog is sealed with the new one, in one transaction, and written anew
//   3. the key file has the new key alone
//
// reset is for a key that is lost: no secret can be read, so every source gets a new one. All else,
// also rows that wait, is as it was.
//   1. the key file has a new key, before those that are in it
//   2. every source has a new secret, sealed with it, in one transaction
//
// Whenever one is interrupted it can be run again; rekey leaves a key file that opens the catalog
// at every moment. Copies of the data from before need the old key.

#include <string>

#include "api/config/command_line.h"
#include "core/base/result.h"

namespace millrace {

// Both return what they did, as a sentence.
// Errors  conflict  kDataLocked: the service runs
//         those of the catalog, and of os::replace_file()

// Errors  those of load_secret_keys()
Result<std::string> rekey_secrets(const config::Command& command);

// Errors  conflict   the key file opens the catalog
//         not_found  there is no catalog with sealed secrets
//         corrupt    there is a key file that is damaged: it may be mended, so it is left alone
Result<std::string> reset_secrets(const config::Command& command);

}  // namespace millrace
