#include <filesystem>

#include "storage/os/posix_disk.h"
#include "tests/conformance/disk_suite.h"
#include "tests/sim/sim_disk.h"
#include "tests/unit/storage/os/scratch_directory.h"

namespace millrace::conformance {
namespace {

class PosixUnderTest : public DiskUnderTest {
public:
    Disk& disk() override { return disk_; }
    std::string root() override { return scratch_.path(); }

private:
    const ScratchDirectory scratch_;
    os::PosixDisk disk_;
};

class SimUnderTest : public DiskUnderTest {
public:
    SimUnderTest() { EXPECT_TRUE(disk_.make_directories(root()).ok()); }
    Disk& disk() override { return disk_; }
    std::string root() override { return "/root"; }

private:
    sim::SimDisk disk_{{.seed = 1}};
};

INSTANTIATE_TEST_SUITE_P(
    Implementations, DiskConformance,
    testing::Values(DiskImplementation{"PosixDisk",
                                       [] { return std::make_unique<PosixUnderTest>(); }},
                    DiskImplementation{"SimDisk", [] { return std::make_unique<SimUnderTest>(); }}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace millrace::conformance
