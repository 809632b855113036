#pragma once
// ValueRules: what the values of a target must be besides values of their types.

#include <cstdint>

namespace millrace {

struct ValueRules {
    // Texts are UTF-8 without NUL. A JSON has no escape of NUL or of half a character, and its
    // numbers fit into a decimal of 16,000 digits.
    bool is_strict = false;
    std::uint64_t key_bytes_max = 0;  // of all key cells, with 8 more for each; 0: any
};

}  // namespace millrace
