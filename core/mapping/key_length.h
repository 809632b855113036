#pragma once
// What a primary key counts against ValueRules::key_bytes_max, of an event's row and of a load's.

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::mapping {

// Of a cell of the key, with what an index of a database has for it, its padding included.
inline std::uint64_t key_bytes(std::string_view cell) {
    return cell.size() + 8;
}

inline std::string key_too_long_text(std::uint64_t bytes_max) {
    return fmt::format(
        "the primary key is longer than {} bytes (with 8 for each column), which the target cannot "
        "hold",
        bytes_max);
}

}  // namespace millrace::mapping
