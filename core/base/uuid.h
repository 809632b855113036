#pragma once
// Uuid: 16 bytes, made as version 7, so ids sort by the time they were made.
//
// See  RFC 9562 5.7.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"

namespace millrace {

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const Uuid&) const = default;
    bool is_nil() const { return *this == Uuid{}; }
};

// A version 7 UUID of `now` with 74 of the given random bits. Ids that say an order are made by the
// clock of ages: it never jumps.
Uuid make_uuid_v7(AgeTime now, std::uint64_t random_high, std::uint64_t random_low);

// The 36 characters "0195f3d4-....": writes exactly 36 bytes at `out`.
void write_uuid(const Uuid& uuid, char* out);
std::string to_string(const Uuid& uuid);

// The inverse of to_string(), upper or lower case; nothing for any other text.
std::optional<Uuid> parse_uuid(std::string_view text);

}  // namespace millrace

template <>
struct std::hash<millrace::Uuid> {
    std::size_t operator()(const millrace::Uuid& uuid) const noexcept {
        std::uint64_t low = 0;  // the random half
        std::memcpy(&low, uuid.bytes.data() + 8, sizeof low);
        return low;
    }
};
