#include "core/definitions/random_text.h"

#include <cstdint>
#include <string_view>

namespace millrace::definitions {
namespace {

constexpr std::string_view kAlphabet =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

}  // namespace

std::uint64_t RandomText::number() {
    const std::lock_guard lock(mutex_);
    return rng_.next();
}

std::string RandomText::make(std::size_t length) {
    const std::lock_guard lock(mutex_);
    std::string text;
    text.reserve(length);
    while (text.size() < length) {
        auto bits = rng_.next();
        // Six bits a character; values past the alphabet are thrown away, so none is likelier than
        // another.
        for (int i = 0; i < 10 && text.size() < length; ++i, bits >>= 6U) {
            const auto index = bits & 0x3FU;
            if (index < kAlphabet.size()) text.push_back(kAlphabet[index]);
        }
    }
    return text;
}

}  // namespace millrace::definitions
