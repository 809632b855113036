#pragma once
// Address: where requests for a bucket go.
//
// path     https://server:9000/bucket/key   for servers of one name
// virtual  https://bucket.server/key        for those that have a name for each bucket, as AWS does

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace millrace::s3 {

enum class Addressing { path, virtual_host };

struct AddressOptions {
    std::string endpoint;  // "http[s]://host[:port]"; empty: that of AWS in the region
    std::string region;
    std::string bucket;
    Addressing addressing = Addressing::path;
};

struct Address {
    std::string origin;  // "https://host[:port]"
    std::string host;    // the header Host
    std::string path;    // what paths begin with: "/bucket/" or "/"
};

// Errors  invalid: the endpoint is no such URL, or the bucket no name of one
Result<Address> address_of(const AddressOptions& options);

}  // namespace millrace::s3
