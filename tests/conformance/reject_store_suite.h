#pragma once
// What every RejectStore does. reject_store_suite.cc has the cases; catalog_implementations.cc
// names the stores they run over: a new implementation adds its row there.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "core/ports/reject_store.h"

namespace millrace::conformance {

// An empty store that one test may fill.
class RejectStoreUnderTest {
public:
    virtual ~RejectStoreUnderTest() = default;
    virtual RejectStore& store() = 0;
};

struct RejectStoreImplementation {
    std::string name;
    std::function<std::unique_ptr<RejectStoreUnderTest>()> make;
};

inline void PrintTo(const RejectStoreImplementation& implementation, std::ostream* out) {
    *out << implementation.name;
}

class RejectStoreConformance : public testing::TestWithParam<RejectStoreImplementation> {
protected:
    RejectStore& store() { return under_test_->store(); }
    std::vector<bool> keep(const std::vector<RejectGroup>& groups) {
        return store().keep(groups).value();
    }
    // The bodies of a page of rejects.
    std::vector<std::string> bodies(SinkNumber sink, const RejectPageRequest& page = {});

private:
    std::unique_ptr<RejectStoreUnderTest> under_test_ = GetParam().make();
};

}  // namespace millrace::conformance
