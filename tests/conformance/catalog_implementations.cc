// The ports of the catalog are conformed to by the real one and by what tests have instead.

#include "storage/catalog/sqlite_catalog.h"
#include "tests/conformance/definition_catalog_suite.h"
#include "tests/conformance/file_catalog_suite.h"
#include "tests/conformance/reject_store_suite.h"
#include "tests/support/memory_catalog.h"
#include "tests/support/memory_rejects.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/core/lifecycle/fake_catalog.h"
#include "tests/unit/storage/catalog/test_secrets.h"

namespace millrace::conformance {
namespace {

struct SqliteFile {
    const testing_support::TempDirectory directory;
    const std::unique_ptr<catalog::SqliteCatalog> catalog =
        catalog::SqliteCatalog::open(directory / "catalog.sqlite", catalog::test_secrets()).value();
};

class SqliteRejectsUnderTest final : public RejectStoreUnderTest {
public:
    RejectStore& store() override { return *file_.catalog; }

private:
    SqliteFile file_;
};

class SqliteDefinitionsUnderTest final : public DefinitionCatalogUnderTest {
public:
    DefinitionCatalog& catalog() override { return *file_.catalog; }

private:
    SqliteFile file_;
};

class SqliteFilesUnderTest final : public FileCatalogUnderTest {
public:
    FileCatalog& catalog() override { return *file_.catalog; }

private:
    SqliteFile file_;
};

class FakeFilesUnderTest final : public FileCatalogUnderTest {
public:
    FakeFilesUnderTest() {
        catalog_.is_staged = [](const auto&) { return true; };
        catalog_.expects_progress = false;
    }
    FileCatalog& catalog() override { return catalog_; }

private:
    test::Unreliable fate_;
    test::FakeCatalog catalog_{fate_};
};

class MemoryRejectsUnderTest final : public RejectStoreUnderTest {
public:
    RejectStore& store() override { return store_; }

private:
    testing_support::MemoryRejects store_;
};

class MemoryCatalogUnderTest final : public DefinitionCatalogUnderTest {
public:
    DefinitionCatalog& catalog() override { return catalog_; }

private:
    fakes::Log log_;
    fakes::MemoryCatalog catalog_{log_};
};

template <typename UnderTest>
constexpr auto kMake = [] { return std::make_unique<UnderTest>(); };

INSTANTIATE_TEST_SUITE_P(
    Implementations, RejectStoreConformance,
    testing::Values(RejectStoreImplementation{"Sqlite", kMake<SqliteRejectsUnderTest>},
                    RejectStoreImplementation{"Memory", kMake<MemoryRejectsUnderTest>}),
    [](const auto& one) { return one.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Implementations, DefinitionCatalogConformance,
    testing::Values(DefinitionCatalogImplementation{"Sqlite", kMake<SqliteDefinitionsUnderTest>},
                    DefinitionCatalogImplementation{"Memory", kMake<MemoryCatalogUnderTest>}),
    [](const auto& one) { return one.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Implementations, FileCatalogConformance,
    testing::Values(FileCatalogImplementation{"Sqlite", kMake<SqliteFilesUnderTest>},
                    FileCatalogImplementation{"Fake", kMake<FakeFilesUnderTest>}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace millrace::conformance
