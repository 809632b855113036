#pragma once
// Bytes as text of [A-Za-z0-9_-], without padding.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::secrets {

std::string to_base64(std::span<const std::uint8_t> bytes);

// Nothing if `text` is not what to_base64() makes.
std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text);

}  // namespace millrace::secrets
