#pragma once
// Request headers as one compact JSON object: {"Content-Type":"application/json"}.

#include <string>

#include "core/mapping/header_list.h"

namespace millrace::mapping {

// Sets `json` to the headers: valid JSON whatever bytes they have.
void print_headers(const HeaderList& headers, std::string& json);

}  // namespace millrace::mapping
