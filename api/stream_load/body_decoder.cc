#include "api/stream_load/body_decoder.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "api/http/stream_coding.h"

namespace millrace::stream_load {
namespace {

// Memory is bounded anyway; what a body becomes is on disk, which has its reserve.
constexpr auto kPlainBytesMax = std::numeric_limits<std::uint64_t>::max();

}  // namespace

// Some clients say in Content-Encoding what only compress_type has a name for.
Result<std::unique_ptr<BodyDecoder>> BodyDecoder::make(const std::string& compress_type,
                                                       const std::string& content_encoding) {
    const auto known = http::parse_content_coding(content_encoding);
    auto type = !known && compress_type.empty() ? content_encoding : compress_type;
    const auto coding = known.value_or(http::ContentCoding::identity);
    // Said before a byte of the body has come.
    if (const auto checked = http::choose_coding(type, coding, {}); !checked.ok()) {
        return checked.error();
    }
    return std::unique_ptr<BodyDecoder>(new BodyDecoder(std::move(type), coding));
}

Result<void> BodyDecoder::begin(const Plain& plain) {
    TRY_ASSIGN(const auto coding, http::choose_coding(compress_type_, content_coding_, front_));
    decoder_.emplace(coding, kPlainBytesMax);
    const auto front = std::exchange(front_, {});
    return decode(front, plain);
}

Result<void> BodyDecoder::feed(std::string_view coded, const Plain& plain) {
    if (decoder_) return decode(coded, plain);
    front_ += coded;
    if (front_.size() < http::kCodingBytes) return {};
    return begin(plain);
}

Result<void> BodyDecoder::decode(std::string_view coded, const Plain& plain) {
    while (true) {
        TRY_ASSIGN(const auto piece, decoder_->next(coded));
        if (piece.empty()) return {};
        TRY(plain(piece));
    }
}

Result<void> BodyDecoder::finish(const Plain& plain) {
    if (!decoder_ && front_.empty()) return {};
    if (!decoder_) TRY(begin(plain));
    return decoder_->finish();
}

}  // namespace millrace::stream_load
