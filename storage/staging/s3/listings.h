#pragma once
// Listings: pages of what a bucket has, out of the XML of an answer.
//
// Errors  unavailable: the page says that it goes on, but not where

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::s3 {

// Of ListObjectsV2.
struct ObjectPage {
    std::vector<std::string> names;
    std::string next;  // the token of the next page; empty: this is the last one
};
Result<ObjectPage> parse_objects(std::string_view xml);

struct Upload {
    std::string object;
    std::string id;

    auto operator<=>(const Upload&) const = default;
};

// Of ListMultipartUploads.
struct UploadPage {
    std::vector<Upload> uploads;
    Upload next;  // the markers of the next page; empty: this is the last one
};
Result<UploadPage> parse_uploads(std::string_view xml);

// The part of a multipart upload that its end names.
struct Part {
    std::string etag;
    std::string crc32c;  // as a header has it
};
// The body of CompleteMultipartUpload; parts are numbered from 1 on.
std::string complete_body(const std::vector<Part>& parts);

}  // namespace millrace::s3
