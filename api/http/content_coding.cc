#include "api/http/content_coding.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <utility>

#include "core/base/byte_size.h"
#include "core/base/check.h"
#include "core/base/error_names.h"

namespace millrace::http {
namespace {

constexpr std::size_t kFirstBytes = 64 << 10;
constexpr std::size_t kKeptBytes = 1 << 20;
constexpr int kGzipWindow = 15 + 16;
constexpr int kDeflateWindow = 15;
constexpr int kZstdWindowLogMax = 23;  // 8 MB (RFC 8878 3.1.1.1.2)

Error damaged() {
    return Error(Code::invalid, "The body is not what its Content-Encoding says.")
        .named(error_names::kInBadRequest);
}

bool equal_ignoring_case(std::string_view text, std::string_view lower_case) {
    return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                      [](char a, char b) {
                          return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
                      });
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<ContentCoding> coding_of(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, ContentCoding>, 15> kNames = {{
        {"", ContentCoding::identity},  // of a list: ", gzip"
        {"identity", ContentCoding::identity},
        {"gzip", ContentCoding::gzip},
        {"x-gzip", ContentCoding::gzip},
        {"deflate", ContentCoding::deflate},
        {"zstd", ContentCoding::zstd},
        {"none", ContentCoding::identity},
        {"utf-8", ContentCoding::identity},
        {"utf8", ContentCoding::identity},
        {"utf-16", ContentCoding::identity},
        {"us-ascii", ContentCoding::identity},
        {"ascii", ContentCoding::identity},
        {"iso-8859-1", ContentCoding::identity},
        {"latin1", ContentCoding::identity},
        {"windows-1252", ContentCoding::identity},
    }};
    const auto known = std::find_if(kNames.begin(), kNames.end(), [&](const auto& pair) {
        return equal_ignoring_case(name, pair.first);
    });
    if (known == kNames.end()) return std::nullopt;
    return known->second;
}

// Whether there is no other coding yet.
bool add(ContentCoding coding, ContentCoding& found) {
    if (coding == ContentCoding::identity) return true;
    if (found != ContentCoding::identity) return false;
    found = coding;
    return true;
}

}  // namespace

std::optional<ContentCoding> parse_content_coding(std::string_view header) {
    auto found = ContentCoding::identity;
    while (!header.empty()) {
        const auto comma = std::min(header.find(','), header.size());
        const auto coding = coding_of(trimmed(header.substr(0, comma)));
        header.remove_prefix(std::min(comma + 1, header.size()));
        if (!coding || !add(*coding, found)) return std::nullopt;
    }
    return found;
}

std::optional<ContentCoding> content_coding_of(const RequestView& request) {
    const auto& head = request.head;
    if (!head.has_many_content_encodings) {
        if (head.content_encoding.length == 0) return ContentCoding::identity;  // nearly always
        return parse_content_coding(request.text(head.content_encoding));
    }
    auto found = ContentCoding::identity;
    for (const auto& [name, value] : head.headers) {
        if (!equal_ignoring_case(request.text(name), "content-encoding")) continue;
        const auto coding = parse_content_coding(request.text(value));
        if (!coding || !add(*coding, found)) return std::nullopt;
    }
    return found;
}

// Made when first needed: their windows are tens of kilobytes.
struct BodyDecoder::Streams {
    Streams() = default;
    ~Streams() {
        if (has_zlib) inflateEnd(&zlib);
        ZSTD_freeDCtx(zstd);
    }
    Streams(const Streams&) = delete;
    Streams& operator=(const Streams&) = delete;

    z_stream zlib{};
    bool has_zlib = false;
    ZSTD_DCtx* zstd = nullptr;
};

BodyDecoder::BodyDecoder() : streams_(std::make_unique<Streams>()) {}
BodyDecoder::~BodyDecoder() = default;

Result<std::string_view> BodyDecoder::decode(std::string_view coded, ContentCoding coding,
                                             std::uint64_t bytes_max) {
    bytes_ = 0;
    switch (coding) {
        case ContentCoding::identity:
            return coded;
        case ContentCoding::gzip:
            TRY(inflate_all(coded, kGzipWindow, bytes_max));
            break;
        case ContentCoding::deflate:
            TRY(inflate_all(coded, kDeflateWindow, bytes_max));
            break;
        case ContentCoding::zstd:
            TRY(unzstd_all(coded, bytes_max));
            break;
    }
    return std::string_view(plain_).substr(0, bytes_);
}

void BodyDecoder::release() {
    if (plain_.capacity() > kKeptBytes) plain_ = {};
}

// Room for one byte more than allowed, so that a body of exactly the limit is seen to end.
Result<void> BodyDecoder::make_room(std::uint64_t bytes_max) {
    if (bytes_ > bytes_max) {
        return Error(Code::too_large,
                     fmt::format("Request body size is over the maximum \"{}\" after "
                                 "decoding.",
                                 format_byte_size(bytes_max)))
            .named(error_names::kInBodyTooLarge);
    }
    if (bytes_ < plain_.size()) return {};
    plain_.resize(std::min<std::uint64_t>(std::max(2 * plain_.size(), kFirstBytes), bytes_max + 1));
    return {};
}

Result<void> BodyDecoder::inflate_all(std::string_view coded, int window_bits,
                                      std::uint64_t bytes_max) {
    auto& stream = streams_->zlib;
    const auto made = streams_->has_zlib ? inflateReset2(&stream, window_bits)
                                         : inflateInit2(&stream, window_bits);
    if (made != Z_OK) throw std::bad_alloc();
    streams_->has_zlib = true;
    check(coded.size() <= std::numeric_limits<uInt>::max(), "a body of {} bytes", coded.size());
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));  // zlib only reads
    stream.avail_in = static_cast<uInt>(coded.size());
    while (true) {
        TRY(make_room(bytes_max));
        stream.next_out = reinterpret_cast<Bytef*>(plain_.data() + bytes_);
        stream.avail_out = static_cast<uInt>(plain_.size() - bytes_);
        const auto code = inflate(&stream, Z_NO_FLUSH);
        bytes_ = plain_.size() - stream.avail_out;
        if (code == Z_STREAM_END) {
            if (stream.avail_in == 0) break;
            if (window_bits != kGzipWindow) return damaged();
            inflateReset(&stream);  // another member follows
        } else if (code == Z_BUF_ERROR || (code == Z_OK && stream.avail_in == 0)) {
            if (stream.avail_out > 0) return damaged();  // it wants input, and there is no more
        } else if (code == Z_MEM_ERROR) {
            throw std::bad_alloc();  // no mistake of the client
        } else if (code != Z_OK) {
            return damaged();
        }
    }
    return make_room(bytes_max);
}

Result<void> BodyDecoder::unzstd_all(std::string_view coded, std::uint64_t bytes_max) {
    if (streams_->zstd == nullptr) streams_->zstd = ZSTD_createDCtx();
    if (streams_->zstd == nullptr) throw std::bad_alloc();
    ZSTD_DCtx_reset(streams_->zstd, ZSTD_reset_session_only);
    ZSTD_DCtx_setParameter(streams_->zstd, ZSTD_d_windowLogMax, kZstdWindowLogMax);
    ZSTD_inBuffer in{coded.data(), coded.size(), 0};
    while (true) {
        TRY(make_room(bytes_max));
        ZSTD_outBuffer out{plain_.data(), plain_.size(), bytes_};
        const auto left = ZSTD_decompressStream(streams_->zstd, &out, &in);
        bytes_ = out.pos;
        if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation) throw std::bad_alloc();
        if (ZSTD_isError(left) != 0) return damaged();
        const bool is_starved = in.pos == in.size && out.pos < out.size;
        if (left == 0 && in.pos == in.size) break;
        if (is_starved) return damaged();
    }
    return make_room(bytes_max);
}

}  // namespace millrace::http
