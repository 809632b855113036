#include "core/base/client_text.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

TEST(ClientTextTest, ASentenceBeginsAndEndsAsOne) {
    EXPECT_EQ(as_sentence(""), "");
    EXPECT_EQ(as_sentence("invalid"), "Invalid.");
    EXPECT_EQ(as_sentence("Really?"), "Really?");
}

TEST(ClientTextTest, OfAVeryLongTextTheBeginIsTheSentence) {
    const auto sentence = as_sentence(std::string(1 << 20, 'x'));
    EXPECT_LT(sentence.size(), 10'000U);
    EXPECT_TRUE(sentence.ends_with("x…"));
}

}  // namespace
}  // namespace millrace
