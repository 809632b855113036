#include "api/stream_load/body_coding.h"

#include <fmt/format.h>

#include "api/stream_load/answer_texts.h"
#include "api/stream_load/sent_headers.h"
#include "core/base/shown_text.h"

namespace millrace::stream_load {
namespace {

class PlainCoding final : public BodyCoding {
public:
    Result<void> feed(std::string_view coded, const PlainBytes& plain) override {
        return plain(coded);
    }
    Result<void> finish(const PlainBytes& /*plain*/) override { return {}; }
};

bool is_plain(std::string_view text) {
    return text.empty() || text == "plain" || text == "none" ||
           equal_ignoring_case(text, "identity");
}

}  // namespace

Result<std::unique_ptr<BodyCoding>> make_plain_coding(const std::string& compress_type,
                                                      const std::string& content_encoding) {
    const auto& coding = is_plain(compress_type) ? content_encoding : compress_type;
    if (!is_plain(coding)) {
        return not_implemented(
            fmt::format("data compressed with {} cannot be loaded", shortened(coding, 60)));
    }
    return std::unique_ptr<BodyCoding>(std::make_unique<PlainCoding>());
}

}  // namespace millrace::stream_load
