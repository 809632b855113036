#pragma once
// BodyType: what a Content-Type says about how the body is to be read.

#include <string_view>

#include "core/mapping/charset.h"

namespace millrace::mapping {

enum class MediaType {
    json,        // application/json, application/<anything>+json
    json_lines,  // application/x-ndjson, application/jsonl and their kin: a JSON text a line
    form,        // application/x-www-form-urlencoded
    text,        // text/plain
    other,       // anything else, and these with a charset that is not known, or not of such a body
};

struct BodyType {
    MediaType media = MediaType::other;
    Charset charset = Charset::utf8;

    bool operator==(const BodyType&) const = default;
};

// Case does not matter; parameters but `charset` are ignored. A form is ASCII whatever its values
// are, so UTF-16 is no charset of one.
BodyType body_type_of(std::string_view content_type);

}  // namespace millrace::mapping
