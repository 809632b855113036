#include "core/bulk/byte_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::bulk {
namespace {

TEST(ByteWindowTest, WhatWasNotConsumedStaysInFrontOfTheNextPiece) {
    ByteWindow window;
    window.feed("abc");
    window.consume(2);
    window.feed("def");
    EXPECT_EQ(window.rest(), "cdef");
    EXPECT_EQ(window.offset(), 2U);
    window.consume(4);
    window.feed(std::string(1000, 'x'));
    EXPECT_EQ(window.rest(), std::string(1000, 'x'));
    EXPECT_EQ(window.offset(), 6U);
}

TEST(ByteWindowTest, BytesBehindTheTextMayBeRead) {
    ByteWindow window;
    window.feed("abc");
    const auto rest = window.rest();
    for (std::size_t i = 0; i < ByteWindow::kPadding; ++i) EXPECT_EQ(rest.data()[3 + i], '\0');
}

// Goal    whether a part is UTF-8 depends on its bytes alone.
// Method  a text with good and bad parts is fed in pieces of all lengths.
TEST(ByteWindowTest, PartsAreUtf8WhateverThePiecesWere) {
    const std::string text = "ab\xe4\xb8\xad|\xf0\x9f\x98\x80|\xe4\xb8|ok|\xff|\xc3\xa9|end\xc3";
    for (std::size_t length = 1; length <= text.size(); ++length) {
        ByteWindow window;
        for (std::size_t at = 0; at < text.size(); at += length) {
            window.feed(std::string_view(text).substr(at, length));
        }
        std::string good;
        auto rest = window.rest();
        while (!rest.empty()) {
            const auto part = rest.substr(0, rest.find('|'));
            good += window.is_utf8(part) ? '1' : '0';
            rest.remove_prefix(std::min(rest.size(), part.size() + 1));
        }
        EXPECT_EQ(good, "1101010") << length;
    }
}

// Goal    what is behind the last NUL surely has none, whatever the pieces were.
TEST(ByteWindowTest, PartsBehindTheLastNulAreKnownToHaveNone) {
    const std::pair<std::string, std::string> table[] = {
        {std::string("ab|c\0d|ef|g", 11), "0011"},
        {std::string("\0|ab|\0|c", 8), "0001"},
        {"ab|cd", "11"},
    };
    for (const auto& [text, wanted] : table) {
        for (std::size_t length = 1; length <= text.size(); ++length) {
            ByteWindow window;
            for (std::size_t at = 0; at < text.size(); at += length) {
                window.feed(std::string_view(text).substr(at, length));
            }
            std::string known;
            auto rest = window.rest();
            while (!rest.empty()) {
                const auto part = rest.substr(0, rest.find('|'));
                known += window.has_no_nul(part) ? '1' : '0';
                rest.remove_prefix(std::min(rest.size(), part.size() + 1));
            }
            EXPECT_EQ(known, wanted) << length;
        }
    }
}

}  // namespace
}  // namespace millrace::bulk
