#include "api/http/json_string.h"

#include <gtest/gtest.h>

namespace millrace::http {
namespace {

TEST(JsonStringTest, EscapesAsGoDoes) {
    const struct {
        std::string_view text;
        std::string_view json;
    } cases[] = {
        {"", R"("")"},
        {"a \"b\" \\ c", R"("a \"b\" \\ c")"},
        {"<p>&\n\r\t", R"("\u003cp\u003e\u0026\n\r\t")"},
        {{"\0\x1f", 2}, R"("\u0000\u001f")"},
        {"\xC5\x99\xE2\x82\xAC\xF0\x9F\x98\x80", "\"\xC5\x99\xE2\x82\xAC\xF0\x9F\x98\x80\""},
        {"a\xFF"
         "b",
         R"("a\ufffdb")"},
        {"\xC0\x80", R"("\ufffd\ufffd")"},                      // overlong
        {"\xED\xA0\x80", R"("\ufffd\ufffd\ufffd")"},            // a surrogate
        {"\xF4\x90\x80\x80", R"("\ufffd\ufffd\ufffd\ufffd")"},  // past U+10FFFF
        {"\xE2\x82", R"("\ufffd\ufffd")"},                      // cut
    };
    for (const auto& expected : cases) {
        std::string out;
        append_json_string(out, expected.text);
        EXPECT_EQ(out, expected.json);
    }
}

TEST(JsonStringTest, ErrorBodyIsPretty) {
    EXPECT_EQ(error_body(404, "stream.in.noSourceFound", "Not here."), R"({
  "statusCode": 404,
  "error": "stream.in.noSourceFound",
  "message": "Not here."
})");
}

}  // namespace
}  // namespace millrace::http
