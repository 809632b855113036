#include "storage/codec/gzip.h"

#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace millrace::codec {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;
constexpr int kGzipWindow =
    15 + 16;                     // the largest window; + 16 is zlib's word for "gzip, not zlib"
constexpr int kMemoryLevel = 8;  // zlib's default

// Up to this level ISA-L takes a sixth to a third of zlib's time (docs/adr/0013).
constexpr int kIsalLevelMax = 3;
constexpr std::array<std::uint32_t, kIsalLevelMax + 1> kIsalBufferBytes = {
    ISAL_DEF_LVL0_DEFAULT, ISAL_DEF_LVL1_DEFAULT, ISAL_DEF_LVL2_DEFAULT, ISAL_DEF_LVL3_DEFAULT};

// Bytes of a source, a buffer at a time, as the streams of both libraries want them.
class Input {
public:
    // Makes sure that `stream` has input unless the source has ended.
    template <typename Stream>
    Result<void> fill(ByteSource& source, Stream& stream) {
        if (stream.avail_in > 0 || ended_) return {};
        TRY_ASSIGN(const auto count, source.read(buffer_));
        ended_ = count == 0;
        // Neither library writes through next_in, which is not const in their interfaces.
        stream.next_in = reinterpret_cast<std::uint8_t*>(buffer_.data());
        stream.avail_in = static_cast<std::uint32_t>(count);
        return {};
    }
    bool ended() const { return ended_; }

private:
    std::array<char, kBufferBytes> buffer_{};
    bool ended_ = false;
};

template <typename Stream>
void set_output(Stream& stream, std::span<char> buffer) {
    stream.next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
    stream.avail_out = static_cast<std::uint32_t>(
        std::min<std::size_t>(buffer.size(), std::numeric_limits<std::uint32_t>::max()));
}

class IsalCompressor : public ByteSource {
public:
    IsalCompressor(ByteSource& plain, int level)
        : plain_(plain), level_buffer_(kIsalBufferBytes.at(static_cast<std::size_t>(level))) {
        isal_deflate_init(&stream_);
        stream_.level = static_cast<std::uint32_t>(level);
        stream_.level_buf = level_buffer_.data();
        stream_.level_buf_size = static_cast<std::uint32_t>(level_buffer_.size());
        stream_.gzip_flag = IGZIP_GZIP;
        stream_.flush = NO_FLUSH;
    }

    Result<std::size_t> read(std::span<char> buffer) override {
        if (buffer.empty()) return std::size_t{0};
        set_output(stream_, buffer);
        const auto room = stream_.avail_out;
        while (stream_.avail_out == room && stream_.internal_state.state != ZSTATE_END) {
            TRY(input_.fill(plain_, stream_));
            stream_.end_of_stream = input_.ended() ? 1 : 0;
            const int rc = isal_deflate(&stream_);
            check(rc == COMP_OK, "isal_deflate: {}", rc);
        }
        return std::size_t{room - stream_.avail_out};
    }

private:
    ByteSource& plain_;
    std::vector<std::uint8_t> level_buffer_;
    isal_zstream stream_{};
    Input input_;
};

class ZlibCompressor : public ByteSource {
public:
    ZlibCompressor(ByteSource& plain, int level) : plain_(plain) {
        const int rc = deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                                    Z_DEFAULT_STRATEGY);
        check(rc == Z_OK, "deflateInit2 with level {}: {}", level, rc);
    }
    ZlibCompressor(const ZlibCompressor&) = delete;
    ZlibCompressor& operator=(const ZlibCompressor&) = delete;
    ~ZlibCompressor() override { deflateEnd(&stream_); }

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
        isal_inflate_init(&stream_);
        stream_.crc_flag = ISAL_GZIP;
    }

    Result<std::size_t> read(std::span<char> buffer) override {
        if (buffer.empty()) return std::size_t{0};
        set_output(stream_, buffer);
        const auto room = stream_.avail_out;
        while (stream_.avail_out == room && !is_finished()) {
            TRY(input_.fill(*compressed_, stream_));
            const int rc = isal_inflate(&stream_);
            if (rc < ISAL_DECOMP_OK) return Error(Code::corrupt, "gzip: damaged");
            const bool is_stuck = input_.ended() && stream_.avail_out == room && !is_finished();
            if (is_stuck) return Error(Code::corrupt, "gzip: the stream is cut off");
        }
        if (stream_.avail_out == room) TRY(expect_end());
        return std::size_t{room - stream_.avail_out};
    }

private:
    bool is_finished() const { return stream_.block_state == ISAL_BLOCK_FINISH; }

    Result<void> expect_end() {
        TRY(input_.fill(*compressed_, stream_));
        if (stream_.avail_in > 0) return Error(Code::corrupt, "gzip: bytes follow the stream");
        return {};
    }

    std::unique_ptr<ByteSource> compressed_;
    inflate_state stream_{};
    Input input_;
};

}  // namespace

std::unique_ptr<ByteSource> gzip(ByteSource& plain, int level) {
    if (level <= kIsalLevelMax) return std::make_unique<IsalCompressor>(plain, level);
    return std::make_unique<ZlibCompressor>(plain, level);
}

std::unique_ptr<ByteSource> gunzip(std::unique_ptr<ByteSource> compressed) {
    return std::make_unique<Decompressor>(std::move(compressed));
}

std::unique_ptr<ByteSource> GzipCodec::pack(ByteSource& plain, int level) {
    return gzip(plain, level);
}

std::unique_ptr<ByteSource> GzipCodec::unpack(std::unique_ptr<ByteSource> packed) {
    return gunzip(std::move(packed));
}

}  // namespace millrace::codec
