// Goal    a short text is copied whole or not at all, and not at all if it has a quote anywhere.

#include "core/mapping/plain_copy.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::mapping {
namespace {

constexpr std::size_t kLongest = kPlainCopyMax + 4;

std::string some_text(std::size_t bytes) {
    std::string text;
    // Neighbours of the quote, and bytes that differ from it by the highest bit.
    for (std::size_t i = 0; i < bytes; ++i) text += "!#\xa2\xff\xa3"[i % 5];
    return text;
}

TEST(PlainCopyTest, CopiesShortTexts) {
    for (std::size_t bytes = 0; bytes <= kLongest; ++bytes) {
        const auto text = some_text(bytes);
        std::string copy(kLongest + 1, '-');
        const bool is_copied = copy_plain(copy.data(), text.data(), bytes);
        EXPECT_EQ(is_copied, bytes <= kPlainCopyMax) << bytes;
        const std::string wanted = is_copied ? text : "";
        EXPECT_EQ(copy, wanted + std::string(copy.size() - wanted.size(), '-')) << bytes;
    }
}

TEST(PlainCopyTest, CopiesNothingOfATextWithAQuote) {
    for (std::size_t bytes = 1; bytes <= kPlainCopyMax; ++bytes) {
        for (std::size_t at = 0; at < bytes; ++at) {
            auto text = some_text(bytes);
            text[at] = '"';
            std::string copy(kLongest, '-');
            EXPECT_FALSE(copy_plain(copy.data(), text.data(), bytes)) << bytes << " " << at;
            EXPECT_EQ(copy, std::string(kLongest, '-')) << bytes << " " << at;
        }
    }
}

}  // namespace
}  // namespace millrace::mapping
