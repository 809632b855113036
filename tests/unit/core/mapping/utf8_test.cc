#include "core/mapping/utf8.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>
#include <vector>

namespace millrace::mapping {
namespace {

std::string encode(std::uint32_t code, std::size_t bytes) {
    std::string out(bytes, '\0');
    for (std::size_t i = bytes - 1; i > 0; --i, code >>= 6) {
        out[i] = static_cast<char>(0x80 | (code & 0x3f));
    }
    const std::uint32_t lead = bytes == 1 ? 0 : (0xff00U >> bytes) & 0xff;
    out[0] = static_cast<char>(lead | code);
    return out;
}

// Goal    validating is vectorised: the "fallback" takes several times as long.
// Method  ask simdjson which variant it has chosen for this processor.
TEST(Utf8Test, RunsTheVariantForThisProcessor) {
#if defined(__x86_64__)
    const auto best = __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512bw")
                          ? "icelake"
                      : __builtin_cpu_supports("avx2") ? "haswell"
                                                       : "westmere";
    is_valid_utf8("chooses at the first call");
    EXPECT_EQ(simdjson::get_active_implementation()->name(), best);
#else
    GTEST_SKIP() << "the variants of other processors are not known here";
#endif
}

// Goal    the length of a sequence and the validity of a text are RFC 3629's, for all code points.
// Method  every code point in its shortest form and in every longer one.
TEST(Utf8Test, KnowsEveryCodePointInItsShortestFormOnly) {
    for (std::uint32_t code = 0; code < 0x120000; ++code) {
        const std::size_t shortest = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        const bool is_character = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
        for (std::size_t bytes = shortest; bytes <= 4; ++bytes) {
            const auto text = encode(code, bytes);
            const auto expected = is_character && bytes == shortest ? bytes : 0;
            ASSERT_EQ(utf8_sequence_bytes(text), expected) << code << " in " << bytes;
            ASSERT_EQ(is_valid_utf8(text), expected != 0) << code << " in " << bytes;
        }
    }
}

TEST(Utf8Test, FindsWhereATextStopsBeingValid) {
    const std::vector<std::pair<std::string, std::size_t>> table = {
        {"", 0},         {"abc", 3},           {"a\xff", 1},    {"\x80", 0},
        {"\xc3\xa9", 2}, {"\xc3\xa9\xc3", 2},  {"\xe2\x82", 0}, {"ab\xe2\x82\xac", 5},
        {"\xf0\x9f", 0}, {"x\xf0\x9f\x98", 1}, {"\xc3\x28", 0}, {"\xf0\x9f\x98\x28", 0},
    };
    for (const auto& [text, expected] : table) {
        EXPECT_EQ(find_invalid_utf8(text), expected) << testing::PrintToString(text);
        EXPECT_EQ(is_valid_utf8(text), expected == text.size()) << testing::PrintToString(text);
    }
}

// Goal    a build or a machine that falls back to plain code is noticed: it costs half the speed.
// Method  ask simdjson what it has chosen, and the processor what it has.
TEST(Utf8Test, RunsTheVariantOfTheProcessor) {
    ASSERT_TRUE(simdjson::validate_utf8("x", 1));  // it chooses at the first call
    const auto name = simdjson::get_active_implementation()->name();
    RecordProperty("simdjson", name);
#if defined(__x86_64__)
    std::string expected = "fallback";
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul")) expected = "westmere";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) expected = "haswell";
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vbmi2")) {
        expected = "icelake";
    }
    EXPECT_EQ(name, expected);
#elif defined(__aarch64__)
    EXPECT_EQ(name, "arm64");
#else
    GTEST_SKIP() << "which variant this processor should run is not known";
#endif
}

}  // namespace
}  // namespace millrace::mapping
