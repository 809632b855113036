#pragma once
// Signature V4: what proves to an S3 server who sends a request, and that it arrived as it was
// sent. The digest of the body is signed as well, so a server refuses a body that has changed.
//
// See  AWS documentation, "Authenticating Requests: Using the Authorization Header (AWS Signature
//      Version 4)"; its examples are the tests.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.h"
#include "storage/staging/s3/s3_credentials.h"

namespace millrace::s3 {

using Query = std::vector<std::pair<std::string, std::string>>;  // not encoded
using Headers = std::map<std::string, std::string>;              // names in small letters

// A request as it is signed. `headers` has at least `host`, x-amz-date and x-amz-content-sha256;
// all of them are signed.
struct SignedParts {
    std::string method;
    std::string path;  // not encoded, begins with "/"
    Query query;
    Headers headers;
};

// "a=1&b=", encoded and sorted, as it is signed and sent.
std::string canonical_query(const Query& query);

std::string canonical_request(const SignedParts& parts);

// "20130524T000000Z", the form of x-amz-date.
std::string amz_date(WallTime time);

// The value of the header Authorization. The time is that of the header x-amz-date.
std::string authorization(const SignedParts& parts, std::string_view region,
                          const Credentials& credentials);

}  // namespace millrace::s3
