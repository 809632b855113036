#include "storage/journal/segment_salvage.h"

#include "core/base/wire.h"

namespace millrace::journal {
namespace {

constexpr std::uint32_t kPolynomialReflected = 0x82f63b78;
constexpr std::size_t kSaltOffset = 56;

// The value that crc32c() must begin with to end at `crc`: its steps backwards. The highest bit of
// the polynomial is set, so the highest bit of a value tells whether the step before used it.
std::uint32_t begin_of_crc(std::uint32_t crc, std::string_view bytes) {
    auto value = ~crc;
    for (auto at = bytes.rbegin(); at != bytes.rend(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            const bool was_odd = (value >> 31) != 0;
            value = was_odd ? ((value ^ kPolynomialReflected) << 1) | 1 : value << 1;
        }
        value ^= static_cast<unsigned char>(*at);
    }
    return ~value;
}

// The header that the first frame which is valid with `salt_of` tells.
template <typename SaltOf>
std::optional<SegmentHeader> find_header(std::string_view content, const Uuid& volume,
                                         std::uint64_t segment, SaltOf salt_of) {
    for (auto offset = kFramesOffset; offset + kFrameHeaderBytes <= content.size();
         offset += kAlignment) {
        if (content[offset] != 'M') continue;  // the first byte of the magic
        const auto bytes = content.substr(offset);
        const auto frame = read_frame_header(bytes);
        if (!frame || frame->volume != volume || frame->segment != segment) continue;
        const SegmentHeader header{.volume = volume,
                                   .segment = segment,
                                   .first_sequence = frame->sequence,
                                   .epoch = frame->epoch,
                                   .version = frame->version,
                                   .salt = salt_of(*frame, bytes)};
        if (decode_frame(bytes, header)) return header;
    }
    return std::nullopt;
}

}  // namespace

std::optional<SegmentHeader> salvage_header(std::string_view content, const Uuid& volume,
                                            std::uint64_t segment) {
    if (content.size() < kFramesOffset) return std::nullopt;
    // As it is there first: with it no body of a client can pass for a frame.
    const auto found =
        WireReader(content.substr(kSaltOffset, sizeof(std::uint32_t))).get<std::uint32_t>();
    const auto header = find_header(content, volume, segment,
                                    [&](const FrameHeader&, std::string_view) { return found; });
    if (header) return header;
    // What is solved for makes the CRC of the frame's header right; that of its payload proves it.
    return find_header(content, volume, segment,
                       [](const FrameHeader& frame, std::string_view bytes) {
                           constexpr auto kCovered = kFrameHeaderBytes - sizeof frame.header_crc;
                           return begin_of_crc(frame.header_crc, bytes.substr(0, kCovered));
                       });
}

bool has_content(std::string_view content) {
    return content.size() > kFramesOffset &&
           content.find_first_not_of('\0', kFramesOffset) != std::string_view::npos;
}

}  // namespace millrace::journal
