#pragma once
// MediaType: what a Content-Type says about how the body is to be read.

#include <string_view>

namespace millrace::mapping {

enum class MediaType {
    json,   // application/json, application/<anything>+json
    form,   // application/x-www-form-urlencoded
    other,  // anything else, and these two with another charset than UTF-8
};

// Case does not matter; parameters but `charset` are ignored.
MediaType media_type_of(std::string_view content_type);

}  // namespace millrace::mapping
