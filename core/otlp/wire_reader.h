#pragma once
// WireReader: the fields of one protobuf message, in the order of its bytes; nothing is copied.
//
//     for (WireField field; reader.next(field);) {
//         switch (field.number) {
//             case 1: record.time = reader.fixed64(field); break;  // of no other type
//             default: break;                                       // unknown
//         }
//     }
//
// All readers of one request share a WireFault. After the first fault next() is false everywhere,
// so that only the caller of them all looks at it.
//
// Stricter than a protobuf library: a known field of another wire type is a fault, where a library
// would lose the value as unknown; so is a message that is there twice where it may be there once,
// which a library merges. No exporter sends either.
//
// Thread  one.
// See     https://protobuf.dev/programming-guides/encoding

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace millrace::otlp {

// Messages in messages, the request being the first; protobuf libraries have the same limit.
inline constexpr int kMessageDepthMax = 100;

enum class WireType : std::uint8_t { varint, fixed64, bytes, group_begin, group_end, fixed32 };

// The first fault of a request, if there is one.
class WireFault {
public:
    // `what` must be a literal.
    void note(std::string_view what, const char* at = nullptr) {
        if (!what_.empty()) return;
        what_ = what;
        at_ = at;
    }
    bool is_noted() const { return !what_.empty(); }
    std::string_view what() const { return what_; }
    const char* at() const { return at_; }  // null: unknown
    void clear() { *this = WireFault(); }

private:
    std::string_view what_;
    const char* at_ = nullptr;
};

struct WireField {
    std::uint32_t number = 0;
    WireType type = WireType::varint;
    std::uint64_t value = 0;  // of varint, fixed64, fixed32
    std::string_view bytes;   // of bytes
};

class WireReader {
public:
    WireReader(std::string_view message, WireFault& fault)
        : at_(message.data()), end_(message.data() + message.size()), fault_(fault) {}

    // Goes to the next field; false at the end and after a fault. A group is passed over to its
    // end, and is a field of the type group_begin: of another one than any field that is known.
    bool next(WireField& field) {
        if (fault_.is_noted()) return false;
        return next_short(field) || next_of_any(field);
    }

    // The value of the field, which must have that type.
    std::uint64_t varint(const WireField& field) { return checked(field, WireType::varint); }
    std::uint64_t fixed64(const WireField& field) { return checked(field, WireType::fixed64); }
    std::uint32_t fixed32(const WireField& field) {
        return static_cast<std::uint32_t>(checked(field, WireType::fixed32));
    }
    double real(const WireField& field) { return std::bit_cast<double>(fixed64(field)); }
    std::int64_t int64(const WireField& field) { return static_cast<std::int64_t>(varint(field)); }
    std::int32_t sint32(const WireField& field) {
        const auto bits = static_cast<std::uint32_t>(varint(field));
        return static_cast<std::int32_t>(bits >> 1) ^ -static_cast<std::int32_t>(bits & 1);
    }
    std::string_view bytes(const WireField& field) {
        if (field.type != WireType::bytes) fault_.note("a field of another wire type", at_);
        return field.bytes;
    }

    // Calls `add` with each value of a repeated field, packed or not.
    template <typename Add>
    void each_fixed64(const WireField& field, Add add) {
        if (field.type == WireType::fixed64) return add(field.value);
        const auto packed = bytes(field);
        if (packed.size() % 8 != 0) return fault_.note("numbers that are cut off", at_);
        for (std::size_t i = 0; i < packed.size(); i += 8) {
            std::uint64_t value = 0;
            std::memcpy(&value, packed.data() + i, sizeof value);
            add(value);
        }
    }
    template <typename Add>
    void each_varint(const WireField& field, Add add) {
        if (field.type == WireType::varint) return add(field.value);
        WireReader packed(bytes(field), fault_);
        for (std::uint64_t value = 0; packed.at_ < packed.end_ && packed.read_varint(value);) {
            add(value);
        }
    }

    const char* position() const { return at_; }

private:
    static_assert(std::endian::native == std::endian::little);

    std::uint64_t checked(const WireField& field, WireType type) {
        if (field.type != type) fault_.note("a field of another wire type", at_);
        return field.value;
    }
    bool fail(std::string_view what) {
        fault_.note(what, at_);
        return false;
    }
    bool read_varint(std::uint64_t& value) {
        if (at_ < end_ && static_cast<unsigned char>(*at_) < 0x80) {
            value = static_cast<unsigned char>(*at_++);
            return true;
        }
        return read_long_varint(value);
    }
    // Most fields are so: a tag of one byte, and a text or message of less than 128 bytes. False
    // for all others, which are not passed over.
    bool next_short(WireField& field) {
        if (end_ - at_ < 2) return false;
        const unsigned tag = static_cast<unsigned char>(at_[0]);
        const auto length = static_cast<unsigned char>(at_[1]);
        constexpr unsigned kTypeAndMore = 0x87;  // the type, and that the tag goes on
        if ((tag & kTypeAndMore) != static_cast<unsigned>(WireType::bytes)) return false;
        if (tag < (1U << 3) || length >= 0x80 || length > end_ - at_ - 2) return false;
        field = {
            .number = tag >> 3, .type = WireType::bytes, .value = 0, .bytes = {at_ + 2, length}};
        at_ += 2 + length;
        return true;
    }
    bool next_of_any(WireField& field);
    bool read_long_varint(std::uint64_t& value);
    bool read_value(WireField& field);
    bool skip_group(std::uint32_t number);

    const char* at_;
    const char* const end_;
    WireFault& fault_;
};

}  // namespace millrace::otlp
