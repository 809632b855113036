#pragma once
// MediaType: what a Content-Type says about how the body is to be read.

#include <string_view>

namespace millrace::mapping {

enum class MediaType {
    json,        // application/json, application/<anything>+json
    json_lines,  // application/x-ndjson, application/jsonl and their kin: a JSON text a line
    form,        // application/x-www-form-urlencoded
    other,       // anything else, and these with another charset than UTF-8
};

// Case does not matter; parameters but `charset` are ignored.
MediaType media_type_of(std::string_view content_type);

}  // namespace millrace::mapping
