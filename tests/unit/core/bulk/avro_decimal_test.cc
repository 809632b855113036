#include "core/bulk/avro_decimal.h"

#include <gtest/gtest.h>

namespace millrace::bulk {
namespace {

using namespace std::string_literals;

TEST(AvroDecimalTest, BytesBecomeDigits) {
    struct Case {
        std::string bytes;
        std::size_t scale;
        const char* digits;
    };
    const Case cases[] = {
        {"", 0, "0"},
        {"", 2, "0.00"},
        {"\0"s, 0, "0"},
        {"\x7f", 0, "127"},
        {"\x80", 0, "-128"},
        {"\xff", 0, "-1"},
        {"\xff", 3, "-0.001"},
        {"\x04\xce", 2, "12.30"},
        {"\xfb\x32", 2, "-12.30"},
        {"\0\0\x04\xce"s, 1, "123.0"},
        {"\x64", 2, "1.00"},
        {"\xff\0"s, 0, "-256"},
        {"\x7f\xff\xff\xff\xff\xff\xff\xff", 0, "9223372036854775807"},
        {"\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"s, 4, "-17014118346046923173168730371588410.5728"},
    };
    for (const auto& [bytes, scale, digits] : cases) {
        std::string out = "x";
        ASSERT_TRUE(append_avro_decimal(out, bytes, scale));
        EXPECT_EQ(out, std::string("x") + digits);
    }
}

TEST(AvroDecimalTest, TooManyBytesAreNone) {
    std::string out;
    EXPECT_TRUE(append_avro_decimal(out, std::string(kAvroDecimalBytesMax, '\x80'), 0));
    EXPECT_FALSE(append_avro_decimal(out, std::string(kAvroDecimalBytesMax + 1, '\0'), 0));
}

}  // namespace
}  // namespace millrace::bulk
