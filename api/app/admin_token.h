#pragma once
// The admin token: what the control plane asks for.

#include <string>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/ports/disk.h"
#include "core/ports/rng.h"

namespace millrace {

// `given` if it is not empty (it is not written down); else the line in DIR/admin-token, which is
// made once, readable by its owner only. `rng` must be fit for secrets.
// Errors  of the disk; corrupt if the file is there and has no token
Result<Secret> load_admin_token(Disk& disk, Rng& rng, const std::string& data_dir,
                                const std::string& given);

// Whether it could be loaded or made; nothing is.
// Errors  as above
Result<void> check_admin_token(Disk& disk, const std::string& data_dir, const std::string& given);

// Where a person finds it: the file, or the variable that gave it. Not the token.
std::string place_of_admin_token(const std::string& data_dir, const std::string& given);

}  // namespace millrace
