#pragma once
// What every DefinitionCatalog does. definition_catalog_suite.cc has the cases;
// catalog_implementations.cc names the catalogs they run over: a new implementation adds its row
// there.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "core/ports/definition_catalog.h"

namespace millrace::conformance {

// An empty catalog that one test may fill.
class DefinitionCatalogUnderTest {
public:
    virtual ~DefinitionCatalogUnderTest() = default;
    virtual DefinitionCatalog& catalog() = 0;
};

struct DefinitionCatalogImplementation {
    std::string name;
    std::function<std::unique_ptr<DefinitionCatalogUnderTest>()> make;
};

inline void PrintTo(const DefinitionCatalogImplementation& implementation, std::ostream* out) {
    *out << implementation.name;
}

class DefinitionCatalogConformance
    : public testing::TestWithParam<DefinitionCatalogImplementation> {
protected:
    DefinitionCatalog& catalog() { return under_test_->catalog(); }
    // A sink with a number of its own, saved with its mapping.
    Sink save_sink(const std::string& source, const std::string& id);

private:
    std::unique_ptr<DefinitionCatalogUnderTest> under_test_ = GetParam().make();
};

}  // namespace millrace::conformance
