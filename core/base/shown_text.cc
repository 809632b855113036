#include "core/base/shown_text.h"

#include <fmt/format.h>

namespace millrace {
namespace {

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::string shortened(std::string_view text, std::size_t characters) {
    if (text.size() <= characters) return std::string(text);
    std::size_t seen = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        // Bytes that only continue a character could go on for ever.
        if (continues_character(text[i]) && i < 4 * characters) continue;
        if (seen++ >= characters || i >= 4 * characters) {
            return std::string(text.substr(0, i)) + "…";
        }
    }
    return std::string(text);
}

void ShownList::add(std::string_view item) {
    if (items_++ >= kItemsMax) return;
    if (items_ > 1) text_ += separator_;
    text_ += item;
}

std::string ShownList::text() const {
    if (items_ <= kItemsMax) return text_;
    return fmt::format("{}{}and {} more", text_, separator_, items_ - kItemsMax);
}

}  // namespace millrace
