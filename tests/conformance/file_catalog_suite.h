#pragma once
// What every FileCatalog does. file_catalog_suite.cc has the cases; catalog_implementations.cc
// names the catalogs they run over: a new implementation adds its row there.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "core/ports/file_catalog.h"

namespace millrace::conformance {

// An empty catalog that one test may fill.
class FileCatalogUnderTest {
public:
    virtual ~FileCatalogUnderTest() = default;
    virtual FileCatalog& catalog() = 0;
};

struct FileCatalogImplementation {
    std::string name;
    std::function<std::unique_ptr<FileCatalogUnderTest>()> make;
};

inline void PrintTo(const FileCatalogImplementation& implementation, std::ostream* out) {
    *out << implementation.name;
}

// Files and slices are told by number.
class FileCatalogConformance : public testing::TestWithParam<FileCatalogImplementation> {
protected:
    FileCatalog& catalog() { return under_test_->catalog(); }
    void seal(std::uint64_t number, const OpenFile& file);
    void close(const OpenFile& file);
    void upload(std::uint64_t number);
    void import(std::uint64_t file, AgeTime now = AgeTime{1'000'000});
    std::vector<FileId> to_import(WallTime now = WallTime{1'000'000});
    std::vector<SliceId> to_upload(WallTime now, std::uint32_t limit = 100);
    FileCatalog::Leftovers leftovers(const FileCatalog::LeftoversPage& page = {.limit = 10});

private:
    std::unique_ptr<FileCatalogUnderTest> under_test_ = GetParam().make();
};

}  // namespace millrace::conformance
