#pragma once
// What every Staging does. staging.cc has the cases; staging_implementations.cc names the stagings
// they run over: a new implementation adds its row there.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "core/ports/staging.h"

namespace millrace::conformance {

// An empty staging that one test may fill.
class StagingUnderTest {
public:
    virtual ~StagingUnderTest() = default;
    virtual Staging& staging() = 0;
};

struct StagingImplementation {
    std::string name;
    std::function<std::unique_ptr<StagingUnderTest>()> make;  // null: it cannot be had here
    std::function<std::string()> why_not;                     // then
};

inline void PrintTo(const StagingImplementation& implementation, std::ostream* out) {
    *out << implementation.name;
}

class StagingConformance : public testing::TestWithParam<StagingImplementation> {
protected:
    using Keys = std::vector<std::string>;

    void SetUp() override {
        if (under_test_ == nullptr) GTEST_SKIP() << GetParam().why_not();
    }

    Staging& staging() { return under_test_->staging(); }
    Result<std::uint64_t> put(const std::string& key, const std::string& bytes);
    Result<std::string> get(const std::string& key);
    // All keys, read in pages of `limit`.
    Keys keys(const std::string& prefix = {}, std::uint32_t limit = 1000);

private:
    std::unique_ptr<StagingUnderTest> under_test_ = GetParam().make();
};

}  // namespace millrace::conformance
