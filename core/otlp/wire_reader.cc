#include "core/otlp/wire_reader.h"

#include <array>

namespace millrace::otlp {
namespace {

constexpr std::string_view kCutOff = "a field that is cut off";
constexpr int kTagBytesMax = 5;

}  // namespace

bool WireReader::next_of_any(WireField& field) {
    if (at_ == end_) return false;
    const auto* const begin = at_;
    std::uint64_t tag = 0;
    if (!read_varint(tag)) return false;
    if (at_ - begin > kTagBytesMax || tag > UINT32_MAX) return fail("a tag that is too long");
    field.number = static_cast<std::uint32_t>(tag >> 3);
    field.type = static_cast<WireType>(tag & 7);
    if (field.number == 0) return fail("a field with the number 0");
    if (field.type != WireType::group_begin) return read_value(field);
    field.value = 0;
    field.bytes = {};
    return skip_group(field.number);
}

bool WireReader::read_value(WireField& field) {
    const auto left = static_cast<std::size_t>(end_ - at_);
    field.bytes = {};
    field.value = 0;
    switch (field.type) {
        case WireType::varint:
            return read_varint(field.value);
        case WireType::fixed64:
            if (left < 8) return fail(kCutOff);
            std::memcpy(&field.value, at_, 8);
            at_ += 8;
            return true;
        case WireType::fixed32:
            if (left < 4) return fail(kCutOff);
            std::memcpy(&field.value, at_, 4);
            at_ += 4;
            return true;
        case WireType::bytes: {
            std::uint64_t length = 0;
            if (!read_varint(length)) return false;
            if (length > static_cast<std::size_t>(end_ - at_)) return fail(kCutOff);
            field.bytes = {at_, static_cast<std::size_t>(length)};
            at_ += length;
            return true;
        }
        case WireType::group_begin:
        case WireType::group_end:
            return fail("the end of a group that has no begin");
    }
    return fail("a wire type that does not exist");
}

bool WireReader::read_long_varint(std::uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
        if (at_ == end_) return fail(kCutOff);
        const auto byte = static_cast<unsigned char>(*at_++);
        value |= static_cast<std::uint64_t>(byte & 0x7f) << (shift < 64 ? shift : 63);
        if (byte < 0x80) return true;
    }
    return fail("a number of more than 10 bytes");
}

// Groups in groups are counted, not called: a body may be nothing else.
bool WireReader::skip_group(std::uint32_t number) {
    std::array<std::uint32_t, kMessageDepthMax> open{};
    std::size_t depth = 0;
    open[depth++] = number;
    while (depth > 0) {
        if (at_ == end_) return fail("a group that has no end");
        std::uint64_t tag = 0;
        if (!read_varint(tag)) return false;
        if (tag > UINT32_MAX) return fail("a tag that is too long");
        WireField field{.number = static_cast<std::uint32_t>(tag >> 3),
                        .type = static_cast<WireType>(tag & 7),
                        .value = 0,
                        .bytes = {}};
        if (field.number == 0) return fail("a field with the number 0");
        if (field.type == WireType::group_begin) {
            if (depth == open.size()) return fail("groups that are nested too deep");
            open[depth++] = field.number;
        } else if (field.type == WireType::group_end) {
            if (open[--depth] != field.number) return fail("the end of another group");
        } else if (!read_value(field)) {
            return false;
        }
    }
    return true;
}

}  // namespace millrace::otlp
