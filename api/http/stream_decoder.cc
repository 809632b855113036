#include "api/http/stream_decoder.h"

#include <bzlib.h>
#include <fmt/format.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <limits>
#include <new>
#include <optional>
#include <span>
#include <utility>

#include "core/base/byte_size.h"
#include "core/base/check.h"

namespace millrace::http {
namespace {

constexpr int kGzipWindow = 15 + 16;
constexpr int kDeflateWindow = 15;
constexpr int kZstdWindowLogMax = 23;            // 8 MB (RFC 8878 3.1.1.1.2)
constexpr std::size_t kInputBytesMax = 1 << 30;  // of one call; the libraries count in 32 bits
constexpr std::size_t kMagicBytes = 4;

}  // namespace

// Decodes one member after the other; restart() before each but the first.
class StreamDecoder::Codec {
public:
    struct Progress {
        std::size_t read = 0;
        std::size_t written = 0;
        bool has_ended = false;  // the member
    };

    Codec() = default;
    virtual ~Codec() = default;
    Codec(const Codec&) = delete;
    Codec& operator=(const Codec&) = delete;

    // Nothing if the bytes are damaged.
    virtual std::optional<Progress> run(std::string_view in, std::span<char> out) = 0;
    virtual void restart() = 0;
    // Whether what run() refused is no damage, but more than this takes.
    virtual bool needs_too_much() const { return false; }
};

namespace {

using Codec = StreamDecoder::Codec;
using Progress = Codec::Progress;

class ZlibCodec : public Codec {
public:
    explicit ZlibCodec(int window_bits) {
        if (inflateInit2(&stream_, window_bits) != Z_OK) throw std::bad_alloc();
    }
    ~ZlibCodec() override { inflateEnd(&stream_); }

    std::optional<Progress> run(std::string_view in, std::span<char> out) override {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // only read
        stream_.avail_in = static_cast<uInt>(in.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = static_cast<uInt>(out.size());
        const int code = inflate(&stream_, Z_NO_FLUSH);
        if (code == Z_MEM_ERROR) throw std::bad_alloc();
        // Z_BUF_ERROR: it could do nothing.
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return std::nullopt;
        return Progress{.read = in.size() - stream_.avail_in,
                        .written = out.size() - stream_.avail_out,
                        .has_ended = code == Z_STREAM_END};
    }

    void restart() override { inflateReset(&stream_); }

private:
    z_stream stream_{};
};

class ZstdCodec : public Codec {
public:
    ZstdCodec() : context_(ZSTD_createDCtx()) {
        if (context_ == nullptr) throw std::bad_alloc();
        ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kZstdWindowLogMax);
    }
    ~ZstdCodec() override { ZSTD_freeDCtx(context_); }

    std::optional<Progress> run(std::string_view in, std::span<char> out) override {
        ZSTD_inBuffer from{in.data(), in.size(), 0};
        ZSTD_outBuffer to{out.data(), out.size(), 0};
        const auto left = ZSTD_decompressStream(context_, &to, &from);
        if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation) throw std::bad_alloc();
        if (ZSTD_isError(left) != 0) {
            window_is_too_large_ =
                ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge;
            return std::nullopt;
        }
        return Progress{.read = from.pos, .written = to.pos, .has_ended = left == 0};
    }

    void restart() override { ZSTD_DCtx_reset(context_, ZSTD_reset_session_only); }
    bool needs_too_much() const override { return window_is_too_large_; }

private:
    ZSTD_DCtx* context_;
    bool window_is_too_large_ = false;
};

class Lz4Codec : public Codec {
public:
    Lz4Codec() {
        if (LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)) != 0) {
            throw std::bad_alloc();
        }
    }
    ~Lz4Codec() override { LZ4F_freeDecompressionContext(context_); }

    std::optional<Progress> run(std::string_view in, std::span<char> out) override {
        auto read = in.size();
        auto written = out.size();
        const auto hint =
            LZ4F_decompress(context_, out.data(), &written, in.data(), &read, nullptr);
        if (LZ4F_isError(hint) != 0) return std::nullopt;
        return Progress{.read = read, .written = written, .has_ended = hint == 0};
    }

    void restart() override { LZ4F_resetDecompressionContext(context_); }

private:
    LZ4F_dctx* context_ = nullptr;
};

class Bz2Codec : public Codec {
public:
    Bz2Codec() { begin(); }
    ~Bz2Codec() override { BZ2_bzDecompressEnd(&stream_); }

    std::optional<Progress> run(std::string_view in, std::span<char> out) override {
        stream_.next_in = const_cast<char*>(in.data());  // only read
        stream_.avail_in = static_cast<unsigned int>(in.size());
        stream_.next_out = out.data();
        stream_.avail_out = static_cast<unsigned int>(out.size());
        const int code = BZ2_bzDecompress(&stream_);
        if (code == BZ_MEM_ERROR) throw std::bad_alloc();
        if (code != BZ_OK && code != BZ_STREAM_END) return std::nullopt;
        return Progress{.read = in.size() - stream_.avail_in,
                        .written = out.size() - stream_.avail_out,
                        .has_ended = code == BZ_STREAM_END};
    }

    void restart() override {
        BZ2_bzDecompressEnd(&stream_);
        stream_ = {};
        begin();
    }

private:
    void begin() {
        if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
    }

    bz_stream stream_{};
};

std::unique_ptr<Codec> codec_of(StreamCoding coding) {
    switch (coding) {
        case StreamCoding::identity:
            return nullptr;
        case StreamCoding::gzip:
            return std::make_unique<ZlibCodec>(kGzipWindow);
        case StreamCoding::deflate:
            return std::make_unique<ZlibCodec>(kDeflateWindow);
        case StreamCoding::zstd:
            return std::make_unique<ZstdCodec>();
        case StreamCoding::lz4:
            return std::make_unique<Lz4Codec>();
        case StreamCoding::bz2:
            return std::make_unique<Bz2Codec>();
    }
    return nullptr;
}

// What a member begins with: RFC 1952, RFC 1950, RFC 8878 (also of frames that are skipped, which
// LZ4 has too), the LZ4 frame format, bzip2.
bool begins_as(StreamCoding coding, std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const bool is_skipped = bytes.size() >= kMagicBytes && (at(0) & 0xF0) == 0x50 &&
                            bytes.substr(1, 3) == "\x2A\x4D\x18";
    switch (coding) {
        case StreamCoding::identity:
            return true;
        case StreamCoding::gzip:
            return bytes.starts_with("\x1F\x8B");
        case StreamCoding::deflate:
            return bytes.size() >= 2 && (at(0) & 0x0F) == 8 && (256 * at(0) + at(1)) % 31 == 0;
        case StreamCoding::zstd:
            return is_skipped || bytes.starts_with("\x28\xB5\x2F\xFD");
        case StreamCoding::lz4:
            return is_skipped || bytes.starts_with("\x04\x22\x4D\x18");
        case StreamCoding::bz2:
            return bytes.starts_with("BZh");
    }
    return false;
}

}  // namespace

StreamDecoder::StreamDecoder(StreamCoding coding, std::uint64_t plain_bytes_max)
    : coding_(coding), plain_bytes_max_(plain_bytes_max), codec_(codec_of(coding)) {
    if (codec_ != nullptr) piece_.resize(kPieceBytes);
}

StreamDecoder::~StreamDecoder() = default;

Result<std::string_view> StreamDecoder::next(std::string_view& coded) {
    if (failure_ != nullptr) return *failure_;
    auto plain = decode(coded);
    if (!plain.ok()) failure_ = std::make_unique<Error>(plain.error());
    return plain;
}

Result<std::string_view> StreamDecoder::decode(std::string_view& coded) {
    if (codec_ == nullptr) {
        const auto plain = coded.substr(0, kPieceBytes);
        TRY(count(plain.size()));
        coded_bytes_ += plain.size();
        coded.remove_prefix(plain.size());
        return plain;
    }
    while (!coded.empty() || has_more_) {
        if (is_between_) {
            if (coded_bytes_ > 0) {
                if (coding_ == StreamCoding::deflate) return damaged({});  // it has one member
                codec_->restart();
            }
            member_begin_ = coded_bytes_;
            member_head_.clear();
            is_between_ = false;
        }
        const auto in = coded.substr(0, kInputBytesMax);
        const auto progress = codec_->run(in, piece_);
        if (!progress) return damaged(in);
        if (member_head_.size() < kMagicBytes) {
            member_head_ +=
                in.substr(0, std::min(progress->read, kMagicBytes - member_head_.size()));
        }
        coded.remove_prefix(progress->read);
        coded_bytes_ += progress->read;
        is_between_ = progress->has_ended;
        has_more_ = !is_between_ && progress->written == piece_.size();
        if (progress->written > 0) {
            TRY(count(progress->written));
            return std::string_view(piece_).substr(0, progress->written);
        }
        if (progress->read == 0 && !is_between_ && !in.empty()) return damaged(in);
    }
    return std::string_view();
}

Result<void> StreamDecoder::finish() {
    if (failure_ != nullptr) return *failure_;
    check(!has_more_, "finish() before next() has given all");
    if (is_between_ || codec_ == nullptr) return {};
    return Error(Code::invalid, fmt::format("the body is cut off: its {} has not ended after {} "
                                            "bytes",
                                            to_string(coding_), coded_bytes_));
}

Result<void> StreamDecoder::count(std::size_t plain_bytes) {
    plain_bytes_ += plain_bytes;
    if (plain_bytes_ <= plain_bytes_max_) return {};
    return Error(Code::too_large, fmt::format("the body is over the maximum \"{}\" after decoding",
                                              format_byte_size(plain_bytes_max_)));
}

// `in` was not taken.
Error StreamDecoder::damaged(std::string_view in) const {
    const auto name = to_string(coding_);
    if (codec_->needs_too_much()) {
        return Error(Code::invalid,
                     fmt::format("the {} of the body needs a window of over {}; compress it "
                                 "without --long and --ultra",
                                 name, format_byte_size(std::uint64_t{1} << kZstdWindowLogMax)));
    }
    const auto head = member_head_ + std::string(in.substr(0, kMagicBytes));
    const bool is_head = is_between_ || !begins_as(coding_, head);
    if (is_head && member_begin_ == 0 && !is_between_) {
        return Error(Code::invalid, fmt::format("the body is not {}, as its headers say", name));
    }
    if (is_head) {
        return Error(Code::invalid,
                     fmt::format("the {} of the body ends before byte {}, and other bytes follow",
                                 name, is_between_ ? coded_bytes_ : member_begin_));
    }
    return Error(Code::invalid,
                 fmt::format("the {} of the body is damaged near byte {}", name, coded_bytes_));
}

}  // namespace millrace::http
