#include "storage/codec/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

namespace millrace::codec {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;
constexpr int kGzipWindow =
    15 + 16;                     // the largest window; + 16 is zlib's word for "gzip, not zlib"
constexpr int kMemoryLevel = 8;  // zlib's default

uInt fitting(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

// The input side that both directions share: a buffer that is refilled from a source.
class Input {
public:
    // Makes sure that `stream` has input unless the source has ended.
    Result<void> fill(ByteSource& source, z_stream& stream) {
        if (stream.avail_in > 0 || ended_) return {};
        TRY_ASSIGN(const auto count, source.read(buffer_));
        ended_ = count == 0;
        // zlib does not write through next_in, which is not const in its older interface.
        stream.next_in = reinterpret_cast<Bytef*>(buffer_.data());
        stream.avail_in = static_cast<uInt>(count);
        return {};
    }
    bool ended() const { return ended_; }

private:
    std::array<char, kBufferBytes> buffer_{};
    bool ended_ = false;
};

void set_output(z_stream& stream, std::span<char> buffer) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = fitting(buffer.size());
}

class Compressor : public ByteSource {
public:
    Compressor(ByteSource& plain, int level) : plain_(plain) {
        const int rc = deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                                    Z_DEFAULT_STRATEGY);
        check(rc == Z_OK, "deflateInit2 with level {}: {}", level, rc);
    }
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;
    ~Compressor() override { deflateEnd(&stream_); }

    Result<std::size_t> read(std::span<char> buffer) override {
        if (buffer.empty()) return std::size_t{0};
        set_output(stream_, buffer);
        const auto room = stream_.avail_out;
        while (stream_.avail_out == room && !finished_) {
            TRY(input_.fill(plain_, stream_));
            const int rc = deflate(&stream_, input_.ended() ? Z_FINISH : Z_NO_FLUSH);
            check(rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR, "deflate: {}", rc);
            finished_ = rc == Z_STREAM_END;
        }
        return std::size_t{room - stream_.avail_out};
    }

private:
    ByteSource& plain_;
    z_stream stream_{};
    Input input_;
    bool finished_ = false;
};

class Decompressor : public ByteSource {
public:
    explicit Decompressor(std::unique_ptr<ByteSource> compressed)
        : compressed_(std::move(compressed)) {
        const int rc = inflateInit2(&stream_, kGzipWindow);
        check(rc == Z_OK, "inflateInit2: {}", rc);
    }
    Decompressor(const Decompressor&) = delete;
    Decompressor& operator=(const Decompressor&) = delete;
    ~Decompressor() override { inflateEnd(&stream_); }

    Result<std::size_t> read(std::span<char> buffer) override {
        if (buffer.empty()) return std::size_t{0};
        set_output(stream_, buffer);
        const auto room = stream_.avail_out;
        while (stream_.avail_out == room && !finished_) {
            TRY(input_.fill(*compressed_, stream_));
            if (input_.ended()) return Error(Code::corrupt, "gzip: the stream is cut off");
            const int rc = inflate(&stream_, Z_NO_FLUSH);
            if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) {
                return Error(
                    Code::corrupt,
                    fmt::format("gzip: {}", stream_.msg == nullptr ? "damaged" : stream_.msg));
            }
            finished_ = rc == Z_STREAM_END;
        }
        if (stream_.avail_out == room) TRY(expect_end());
        return std::size_t{room - stream_.avail_out};
    }

private:
    Result<void> expect_end() {
        TRY(input_.fill(*compressed_, stream_));
        if (stream_.avail_in > 0) return Error(Code::corrupt, "gzip: bytes follow the stream");
        return {};
    }

    std::unique_ptr<ByteSource> compressed_;
    z_stream stream_{};
    Input input_;
    bool finished_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> gzip(ByteSource& plain, int level) {
    return std::make_unique<Compressor>(plain, level);
}

std::unique_ptr<ByteSource> gunzip(std::unique_ptr<ByteSource> compressed) {
    return std::make_unique<Decompressor>(std::move(compressed));
}

}  // namespace millrace::codec
