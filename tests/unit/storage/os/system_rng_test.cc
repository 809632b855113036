#include "storage/os/system_rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <set>

namespace millrace::os {
namespace {

template <typename Source>
void expect_no_repeats_and_half_of_all_bits_set(Source& rng) {
    constexpr int kNumbers = 1000;
    std::set<std::uint64_t> numbers;
    std::array<int, 64> ones{};
    for (int i = 0; i < kNumbers; ++i) {
        const auto number = rng.next();
        numbers.insert(number);
        for (std::size_t bit = 0; bit < 64; ++bit) ones[bit] += (number >> bit & 1) != 0 ? 1 : 0;
    }
    EXPECT_EQ(numbers.size(), std::size_t{kNumbers});
    for (const int count : ones) {  // 500 +- 8 standard deviations
        EXPECT_GT(count, 370);
        EXPECT_LT(count, 630);
    }
}

TEST(SystemRngTest, NumbersDoNotRepeatAndAllBitsVary) {
    SystemRng rng;
    expect_no_repeats_and_half_of_all_bits_set(rng);
}

TEST(SystemRngTest, TwoOfThemDiffer) {
    SystemRng one;
    SystemRng two;
    EXPECT_NE(one.next(), two.next());
}

TEST(SecureRngTest, NumbersDoNotRepeatAndAllBitsVary) {
    SecureRng rng;
    expect_no_repeats_and_half_of_all_bits_set(rng);
}

TEST(SecureRngTest, FillWritesEveryByte) {
    SecureRng rng;
    std::array<std::byte, 600> seen{};  // getrandom() may stop after 256
    for (int i = 0; i < 8; ++i) {
        std::array<std::byte, 600> bytes{};
        rng.fill(bytes);
        for (std::size_t at = 0; at < bytes.size(); ++at) seen[at] |= bytes[at];
    }
    // A byte stays zero in 8 fills with a chance of 2^-64.
    EXPECT_EQ(std::count(seen.begin(), seen.end(), std::byte{0}), 0);
}

}  // namespace
}  // namespace millrace::os
