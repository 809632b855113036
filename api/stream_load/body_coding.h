#pragma once
// BodyCoding: undoes the compression of a body while it comes.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace millrace::stream_load {

// Takes plain bytes; what it refuses ends the body.
using PlainBytes = std::function<Result<void>(std::string_view plain)>;

// Thread  one at a time.
class BodyCoding {
public:
    virtual ~BodyCoding() = default;

    // The next bytes of the body; calls `plain` with what they become.
    // Errors  invalid: they are damaged; those of `plain`
    virtual Result<void> feed(std::string_view coded, const PlainBytes& plain) = 0;

    // No more bytes. No byte at all is an empty body, whatever the coding.
    // Errors  as feed(); invalid: something is missing
    virtual Result<void> finish(const PlainBytes& plain) = 0;
};

// `compress_type` and `content_encoding` are the headers of the request.
// Errors  invalid: there is no such coding
using MakeBodyCoding = std::function<Result<std::unique_ptr<BodyCoding>>(
    const std::string& compress_type, const std::string& content_encoding)>;

// Of bodies that are not compressed, and no others.
Result<std::unique_ptr<BodyCoding>> make_plain_coding(const std::string& compress_type,
                                                      const std::string& content_encoding);

}  // namespace millrace::stream_load
