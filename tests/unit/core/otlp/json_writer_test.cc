#include "core/otlp/json_writer.h"

#include <gtest/gtest.h>

#include <string>

#include "core/mapping/json_text.h"

namespace millrace::otlp {
namespace {

// Goal    a text is copied by words; whatever is in it, and wherever, it is the same JSON.
// Method  every byte at every place of texts of all lengths up to a few words.
TEST(JsonWriterTest, TextsAreTheSameHoweverTheyAreCopied) {
    JsonWriter writer;
    for (std::size_t size = 0; size <= 19; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string text(size, 'x');
                text[at] = static_cast<char>(byte);
                std::string expected;
                mapping::append_json_string(expected, text);
                writer.clear();
                writer.string(text);
                ASSERT_EQ(writer.text(), expected) << "size=" << size << " at=" << at;
            }
        }
    }
}

TEST(JsonWriterTest, TimesHaveNoZerosAtTheEnd) {
    const std::pair<std::uint64_t, std::string> table[] = {
        {0, R"("")"},
        {1, R"("1970-01-01T00:00:00.000000001Z")"},
        {1'000'000'000, R"("1970-01-01T00:00:01Z")"},
        {1'767'225'600'120'000'000, R"("2026-01-01T00:00:00.12Z")"},
        {1'767'225'600'000'000'000, R"("2026-01-01T00:00:00Z")"},
        {1'767'225'601'999'999'999, R"("2026-01-01T00:00:01.999999999Z")"},
        {UINT64_MAX, R"("2554-07-21T23:34:33.709551615Z")"},
    };
    JsonWriter writer;
    for (const auto& [nanos, text] : table) {
        writer.clear();
        writer.time(nanos);
        EXPECT_EQ(writer.text(), text);
    }
}

TEST(JsonWriterTest, BytesAreHexadecimalOrBase64) {
    const std::pair<std::string, std::string> table[] = {{"", R"("""")"},
                                                         {"f", R"("66""Zg==")"},
                                                         {"fo", R"("666f""Zm8=")"},
                                                         {"foo", R"("666f6f""Zm9v")"}};
    JsonWriter writer;
    for (const auto& [bytes, text] : table) {
        writer.clear();
        writer.hex(bytes);
        writer.base64(bytes);
        EXPECT_EQ(writer.text(), text);
    }
}

TEST(JsonWriterTest, ALargeTextIsWholeAndItsMemoryIsGivenBack) {
    JsonWriter writer;
    std::string expected;
    for (int i = 0; i < 100'000; ++i) {
        writer.raw("0123456789");
        expected += "0123456789";
    }
    EXPECT_EQ(writer.text(), expected);
    writer.release(1 << 10);
    EXPECT_EQ(writer.text(), "");
    writer.raw('x');
    EXPECT_EQ(writer.text(), "x");
}

}  // namespace
}  // namespace millrace::otlp
