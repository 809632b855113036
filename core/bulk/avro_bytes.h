#pragma once
// AvroBytes: reads the binary encoding of Avro from bytes that may end too early.
//
// Thread  one.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace millrace::bulk {

class AvroBytes {
public:
    explicit AvroBytes(std::string_view bytes)
        : at_(bytes.data()), begin_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    std::size_t position() const { return static_cast<std::size_t>(at_ - begin_); }
    std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
    // A number had more than the ten bytes that one can have: no bytes behind would help.
    bool is_broken() const { return is_broken_; }

    // int and long: zigzag, at most ten bytes. Nothing: the bytes end, or are none.
    std::optional<std::int64_t> number() {
        std::uint64_t value = 0;
        const auto* p = at_;
        for (unsigned shift = 0; shift < 70; shift += 7, ++p) {
            if (p == end_) return std::nullopt;
            const auto byte = static_cast<unsigned char>(*p);
            if (shift == 63 && byte > 1) break;
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) {
                at_ = p + 1;
                return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
            }
        }
        is_broken_ = true;
        return std::nullopt;
    }

    std::optional<std::string_view> take(std::uint64_t bytes) {
        if (bytes > left()) return std::nullopt;
        const std::string_view taken(at_, static_cast<std::size_t>(bytes));
        at_ += bytes;
        return taken;
    }

    // float and double: little endian, as this machine is.
    template <typename T>
    std::optional<T> fixed() {
        static_assert(std::endian::native == std::endian::little);
        if (sizeof(T) > left()) return std::nullopt;
        T value;
        std::memcpy(&value, at_, sizeof value);
        at_ += sizeof value;
        return value;
    }

private:
    const char* at_;
    const char* begin_;
    const char* end_;
    bool is_broken_ = false;
};

}  // namespace millrace::bulk
