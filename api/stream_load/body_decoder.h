#pragma once
// BodyDecoder: the bytes of a body as they come -> plain bytes, by the headers of its load and by
// how it begins.
//
// Thread  one at a time.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/content_coding.h"
#include "api/http/stream_decoder.h"
#include "core/base/result.h"

namespace millrace::stream_load {

class BodyDecoder {
public:
    // Takes plain bytes; what it refuses ends the body.
    using Plain = std::function<Result<void>(std::string_view plain)>;

    // Errors  invalid, for the client: there is no such coding
    static Result<std::unique_ptr<BodyDecoder>> make(const std::string& compress_type,
                                                     const std::string& content_encoding);

    // The next bytes of the body; calls `plain` with what they become.
    // Errors  those of http::StreamDecoder and choose_coding(); those of `plain`
    Result<void> feed(std::string_view coded, const Plain& plain);

    // No more bytes. A body without bytes is an empty one, whatever the headers say.
    // Errors  as feed(); invalid: something is missing
    Result<void> finish(const Plain& plain);

private:
    BodyDecoder(std::string compress_type, http::ContentCoding content_coding)
        : compress_type_(std::move(compress_type)), content_coding_(content_coding) {}

    Result<void> decode(std::string_view coded, const Plain& plain);
    Result<void> begin(const Plain& plain);

    const std::string compress_type_;
    const http::ContentCoding content_coding_;
    std::string front_;  // until the coding is known
    std::optional<http::StreamDecoder> decoder_;
};

}  // namespace millrace::stream_load
