// Goal    a value of any shape is printed in time and memory that are in proportion to it.
// See     tests/differential, which holds the bytes against libjsonnet's

#include "core/mapping/jsonnet_text.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>

namespace millrace::mapping {
namespace {

constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();

std::string printed(std::string_view json, JsonnetStyle style) {
    std::string out;
    return append_jsonnet(out, json, style, kNoLimit).ok() ? out : "failed";
}

// The value in arrays and objects by turns.
std::string nested(int levels, std::string_view value) {
    std::string json;
    std::string close;
    for (int level = 0; level < levels; ++level) {
        json += level % 2 == 0 ? "[[],{}," : R"({"b":[1,[2]],"a":)";
        close += level % 2 == 0 ? ']' : '}';
    }
    json += value;
    return json.append(close.rbegin(), close.rend());
}

TEST(JsonnetTextTest, ContainersWithinOthersEndWhereTheyEnd) {
    EXPECT_EQ(
        printed(R"({"b":[[],[1,[2]],{}],"a":{"}":"]","x":[{"y":[]}]},"b":3})", JsonnetStyle::value),
        R"({"a":{"x":[{"y":[]}],"}":"]"},"b":[[],[1,[2]],{}]})");
    EXPECT_EQ(printed(R"([ { "a" : [ ] } , [ "\"]" , 1.0 ] ])", JsonnetStyle::to_string),
              R"([{"a": [ ]}, ["\"]", 1]])");
}

TEST(JsonnetTextTest, DepthDoesNotMultiplyTheWork) {
    using Clock = std::chrono::steady_clock;
    const std::string text = '"' + std::string(1 << 20, 'x') + '"';
    const auto time_of = [](const std::string& json) {
        const auto begun = Clock::now();
        EXPECT_NE(printed(json, JsonnetStyle::value), "failed");
        return Clock::now() - begun;
    };
    const auto flat = time_of("[" + text + "]");
    EXPECT_LT(time_of(nested(900, text)), 40 * flat);
}

TEST(JsonnetTextTest, WholeNumbersHaveAllTheirDigits) {
    EXPECT_EQ(jsonnet_number(0), "0");
    EXPECT_EQ(jsonnet_number(-0.0), "-0");
    EXPECT_EQ(jsonnet_number(1e22), "10000000000000000000000");
    EXPECT_EQ(jsonnet_number(-std::numeric_limits<double>::max()).size(), 310U);
    EXPECT_EQ(jsonnet_number(0.1), "0.10000000000000001");
}

TEST(JsonnetTextTest, PrintingStopsSoonAfterTheLimit) {
    std::string numbers = "[[1e308";
    for (int i = 0; i < 10'000; ++i) numbers += ",1e308";
    numbers += "]]";
    std::string out;
    const auto done = append_jsonnet(out, numbers, JsonnetStyle::to_string, 10'000);
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code(), Code::too_large);
    EXPECT_LT(out.size(), 11'000U);
}

}  // namespace
}  // namespace millrace::mapping
