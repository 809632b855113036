#pragma once
// Failures: what an answer of an S3 server means when it is not the one that was asked for, and
// what a person does about it.
//
// See  "Error responses" of the Amazon S3 API reference.

#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/base/time.h"
#include "storage/web/http_calls.h"

namespace millrace::s3 {

struct Failure {
    Error error;
    bool may_repeat = false;  // it may go another way next time
    bool is_unknown = false;  // what was asked for may have happened
};

// Of whom the sentences speak.
struct Asked {
    std::string what;      // "PUT 7/a.csv"
    std::string endpoint;  // "https://host"
    std::string bucket;
    std::string access_key;
    WallTime now;
    std::string wanted_root;  // of the XML that the answer must be; empty: none needed
    bool is_data = false;     // the answer is bytes of an object
};

// Nothing if the answer is a whole one with status 2xx, and no error in its body: some operations
// answer 200 before they know.
// Errors  not_found    the object, or the upload
//         unavailable
std::optional<Failure> failure_of(const web::HttpAnswer& answer, const Asked& asked);

}  // namespace millrace::s3
