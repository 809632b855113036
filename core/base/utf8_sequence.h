#pragma once
// UTF-8: where a text is valid, and where not.
//
// See  RFC 3629; core/mapping/utf8.h, which tells faster of long texts whether they are

#include <cstddef>
#include <string_view>

namespace millrace {

// The length of the valid sequence at the start of `text` (1 to 4), or 0 if there is none.
std::size_t utf8_sequence_bytes(std::string_view text);

// The offset of the first byte that begins no valid sequence; text.size() if all is valid.
std::size_t find_invalid_utf8(std::string_view text);

}  // namespace millrace
