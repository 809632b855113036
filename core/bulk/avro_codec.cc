#include "core/bulk/avro_codec.h"

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

namespace millrace::bulk {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"null", "deflate", "snappy", "zstandard"};
constexpr std::size_t kFirstBytes = 64 << 10;

Error damaged(AvroCodec codec) {
    return Error(Code::invalid, fmt::format("A block of the Avro file is damaged: its {} data "
                                            "cannot be read.",
                                            to_string(codec)));
}

Error too_large(std::size_t bytes_max) {
    return Error(Code::too_large,
                 fmt::format("A block of the Avro file becomes more than {} bytes; write smaller "
                             "blocks.",
                             bytes_max));
}

// Room behind what is there already: `filled` bytes.
Result<void> grow(std::string& plain, std::size_t filled, std::size_t bytes_max) {
    if (filled < plain.size()) return {};
    if (plain.size() >= bytes_max) return too_large(bytes_max);
    plain.resize(std::min(std::max(2 * plain.size(), kFirstBytes), bytes_max));
    return {};
}

Result<std::string_view> inflate_block(std::string_view coded, std::size_t bytes_max,
                                       std::string& plain) {
    // Too large for a stack.
    const auto state = std::make_unique<inflate_state>();
    isal_inflate_init(state.get());
    state->crc_flag = ISAL_DEFLATE;
    std::string input(coded);  // the library takes no const
    state->next_in = reinterpret_cast<std::uint8_t*>(input.data());
    state->avail_in = static_cast<std::uint32_t>(input.size());
    std::size_t filled = 0;
    while (true) {
        TRY(grow(plain, filled, bytes_max));
        state->next_out = reinterpret_cast<std::uint8_t*>(plain.data() + filled);
        const auto room = plain.size() - filled;
        state->avail_out = static_cast<std::uint32_t>(room);
        if (isal_inflate(state.get()) != ISAL_DECOMP_OK) return damaged(AvroCodec::deflate);
        filled += room - state->avail_out;
        if (state->block_state == ISAL_BLOCK_FINISH) break;
        if (state->avail_out > 0) return damaged(AvroCodec::deflate);  // it wants more input
    }
    return std::string_view(plain).substr(0, filled);
}

Result<std::string_view> unsnap(std::string_view coded, std::size_t bytes_max, std::string& plain) {
    constexpr std::size_t kCrcBytes = 4;
    if (coded.size() < kCrcBytes) return damaged(AvroCodec::snappy);
    const auto body = coded.substr(0, coded.size() - kCrcBytes);
    std::size_t bytes = 0;
    if (!snappy::GetUncompressedLength(body.data(), body.size(), &bytes)) {
        return damaged(AvroCodec::snappy);
    }
    if (bytes > bytes_max) return too_large(bytes_max);
    if (plain.size() < bytes) plain.resize(bytes);
    if (!snappy::RawUncompress(body.data(), body.size(), plain.data())) {
        return damaged(AvroCodec::snappy);
    }
    std::uint32_t expected = 0;
    for (const char c : coded.substr(body.size())) {
        expected = (expected << 8) | static_cast<unsigned char>(c);
    }
    const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(plain.data()), bytes);
    if (crc != expected) return damaged(AvroCodec::snappy);
    return std::string_view(plain).substr(0, bytes);
}

struct FreeStream {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
};

Result<std::string_view> unzstd(std::string_view coded, std::size_t bytes_max, std::string& plain) {
    const std::unique_ptr<ZSTD_DStream, FreeStream> stream(ZSTD_createDStream());
    if (stream == nullptr) return Error(Code::internal, "no memory for zstd");
    ZSTD_inBuffer in{coded.data(), coded.size(), 0};
    std::size_t filled = 0;
    while (true) {
        TRY(grow(plain, filled, bytes_max));
        ZSTD_outBuffer out{plain.data(), plain.size(), filled};
        const auto rc = ZSTD_decompressStream(stream.get(), &out, &in);
        if (ZSTD_isError(rc) != 0) return damaged(AvroCodec::zstandard);
        filled = out.pos;
        const bool is_used = in.pos == in.size && out.pos < out.size;
        if (rc == 0 && in.pos == in.size) break;
        if (rc != 0 && is_used) return damaged(AvroCodec::zstandard);
    }
    return std::string_view(plain).substr(0, filled);
}

}  // namespace

std::string_view to_string(AvroCodec codec) {
    return kNames[static_cast<std::size_t>(codec)];
}

std::optional<AvroCodec> avro_codec_from(std::string_view name) {
    if (name.empty()) return AvroCodec::null;
    const auto* const found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) return std::nullopt;
    return static_cast<AvroCodec>(found - kNames.begin());
}

Result<std::string_view> decode_avro_block(AvroCodec codec, std::string_view coded,
                                           std::size_t bytes_max, std::string& plain) {
    switch (codec) {
        case AvroCodec::null:
            return coded;
        case AvroCodec::deflate:
            return inflate_block(coded, bytes_max, plain);
        case AvroCodec::snappy:
            return unsnap(coded, bytes_max, plain);
        case AvroCodec::zstandard:
            return unzstd(coded, bytes_max, plain);
    }
    return coded;
}

}  // namespace millrace::bulk
