#pragma once
// The key of a message as JSON, so that paths see it: of a message without a value it says which
// row is deleted.

#include <string>
#include <string_view>

#include "core/mapping/json_check.h"

namespace millrace::mapping {

// JSON stays as it is, without the white space around it. Any other text becomes a string of JSON;
// what is not UTF-8 in it becomes U+FFFD, as in a `kafkaKey` column.
std::string key_as_json(std::string_view key, JsonCheck& check);

}  // namespace millrace::mapping
