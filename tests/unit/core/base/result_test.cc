#include "core/base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace millrace {
namespace {

Result<int> half(int number) {
    if (number % 2 != 0) return Error(Code::invalid, "odd").named("test.odd");
    return number / 2;
}

Result<int> quarter(int number) {
    TRY_ASSIGN(const int once, half(number));
    TRY_ASSIGN(const int twice, half(once));
    return twice;
}

Result<void> require_even(int number, int& passed) {
    TRY(half(number));
    ++passed;
    return {};
}

TEST(ResultTest, HoldsAValueOrAnError) {
    const auto good = half(4);
    ASSERT_TRUE(good.ok());
    EXPECT_EQ(good.value(), 2);

    const auto bad = half(3);
    ASSERT_FALSE(bad.ok());
    EXPECT_EQ(bad.error().code(), Code::invalid);
    EXPECT_EQ(bad.error().name(), "test.odd");
    EXPECT_EQ(bad.error().client_text(), "odd");
}

TEST(ResultTest, TryReturnsTheFirstError) {
    EXPECT_EQ(quarter(8).value(), 2);
    EXPECT_FALSE(quarter(6).ok());
    EXPECT_FALSE(quarter(7).ok());
    int passed = 0;
    EXPECT_TRUE(require_even(2, passed).ok());
    EXPECT_EQ(require_even(3, passed).error().name(), "test.odd");
    EXPECT_EQ(passed, 1);
}

TEST(ResultTest, AddsContextForTheOperatorOnly) {
    const auto inner = half(3).in("halve");
    const auto outer = half(3).in("halve").in("upload slice 42");
    EXPECT_EQ(inner.error().operator_text(), "halve: odd");
    EXPECT_EQ(outer.error().operator_text(), "upload slice 42: halve: odd");
    EXPECT_EQ(outer.error().client_text(), "odd");
    EXPECT_EQ(half(4).in("halve").value(), 2);

    int passed = 0;
    EXPECT_EQ(require_even(3, passed).in("check").error().operator_text(), "check: odd");
    EXPECT_TRUE(require_even(4, passed).in("check").ok());
}

TEST(ResultTest, MovesWhatCannotBeCopied) {
    Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
    const auto taken = std::move(result).value();
    EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, ValueOfAnErrorIsABug) {
    const auto bad = half(3);
    EXPECT_DEATH((void)bad.value(), "broken invariant: value\\(\\) of a failed Result: odd");
}

}  // namespace
}  // namespace millrace
