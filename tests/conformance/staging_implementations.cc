#include "storage/os/posix_disk.h"
#include "storage/staging/folder/folder_staging.h"
#include "tests/conformance/staging_suite.h"
#include "tests/support/memory_disk.h"
#include "tests/unit/storage/os/scratch_directory.h"

namespace millrace::conformance {
namespace {

class FolderUnderTest : public StagingUnderTest {
public:
    Staging& staging() override { return staging_; }

private:
    const ScratchDirectory scratch_;
    os::PosixDisk disk_;
    staging::FolderStaging staging_{disk_, scratch_.path() + "/staging"};
};

class MemoryFolderUnderTest : public StagingUnderTest {
public:
    Staging& staging() override { return staging_; }

private:
    testing_support::MemoryDisk disk_;
    staging::FolderStaging staging_{disk_, "/staging"};
};

INSTANTIATE_TEST_SUITE_P(
    Implementations, StagingConformance,
    testing::Values(
        StagingImplementation{"Folder", [] { return std::make_unique<FolderUnderTest>(); }},
        StagingImplementation{"FolderInMemory",
                              [] { return std::make_unique<MemoryFolderUnderTest>(); }}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace millrace::conformance
