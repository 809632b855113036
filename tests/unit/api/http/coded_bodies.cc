#include "tests/unit/api/http/coded_bodies.h"

#include <bzlib.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include "core/base/check.h"

namespace millrace::http {
namespace {

std::string deflated(std::string_view plain, int window_bits) {
    z_stream stream{};
    check(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
    std::string out(deflateBound(&stream, plain.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    check(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib");
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

}  // namespace

std::string coded(StreamCoding coding, std::string_view plain) {
    switch (coding) {
        case StreamCoding::identity:
            break;
        case StreamCoding::gzip:
            return deflated(plain, 15 + 16);
        case StreamCoding::deflate:
            return deflated(plain, 15);
        case StreamCoding::zstd: {
            std::string out(ZSTD_compressBound(plain.size()), '\0');
            auto* context = ZSTD_createCCtx();
            ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
            out.resize(ZSTD_compress2(context, out.data(), out.size(), plain.data(), plain.size()));
            ZSTD_freeCCtx(context);
            return out;
        }
        case StreamCoding::lz4: {
            LZ4F_preferences_t preferences{};
            preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
            std::string out(LZ4F_compressFrameBound(plain.size(), &preferences), '\0');
            out.resize(LZ4F_compressFrame(out.data(), out.size(), plain.data(), plain.size(),
                                          &preferences));
            return out;
        }
        case StreamCoding::bz2: {
            std::string out(plain.size() + plain.size() / 100 + 600, '\0');
            auto size = static_cast<unsigned int>(out.size());
            const int rc =
                BZ2_bzBuffToBuffCompress(out.data(), &size, const_cast<char*>(plain.data()),
                                         static_cast<unsigned int>(plain.size()), 9, 0, 0);
            check(rc == BZ_OK, "bz2 {}", rc);
            out.resize(size);
            return out;
        }
    }
    return std::string(plain);
}

}  // namespace millrace::http
