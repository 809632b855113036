#include "api/control/body_text.h"

#include <gtest/gtest.h>

namespace millrace::control {
namespace {

TEST(BodyTextTest, TextIsTextAndOtherBytesAreBase64) {
    OrderedJson json;
    add_body(json, "text");
    EXPECT_EQ(json.dump(), R"({"body":"text"})");
    OrderedJson coded;
    add_body(coded, "\xff");
    EXPECT_EQ(coded.dump(), R"({"bodyBase64":"/w=="})");
}

TEST(BodyTextTest, Base64IsReadWithItsPadding) {
    EXPECT_EQ(decode_base64(""), "");
    EXPECT_EQ(decode_base64("/w=="), "\xff");
    EXPECT_EQ(decode_base64("YWI="), "ab");
    EXPECT_EQ(decode_base64("YWJj"), "abc");
    for (const auto* const wrong :
         {"Y", "YW", "YWI", "YW=I", "====", "YWI =", "YW\nI", "-_==", "A==="}) {
        EXPECT_FALSE(decode_base64(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace millrace::control
