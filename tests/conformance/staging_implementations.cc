#include <filesystem>
#include <string_view>

#include "storage/os/posix_disk.h"
#include "storage/os/system_clock.h"
#include "storage/os/system_rng.h"
#include "storage/staging/folder/folder_staging.h"
#include "storage/staging/s3/s3_staging.h"
#include "tests/conformance/s3_gateway.h"
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

// A bucket of its own in a real server. Objects of a few MB go in parts, and come in pieces.
class S3UnderTest : public StagingUnderTest {
public:
    explicit S3UnderTest(std::string prefix) {
        static int buckets = 0;
        const auto bucket = fmt::format("bucket-{}", ++buckets);
        const auto* const gateway = S3Gateway::shared();
        std::filesystem::create_directories(gateway->objects() + "/" + bucket);
        staging_ = s3::S3Staging::make({.client = {.address = {.endpoint = gateway->endpoint(),
                                                               .region = "us-east-1",
                                                               .bucket = bucket}},
                                        .prefix = std::move(prefix),
                                        .part_bytes = 5 << 20,
                                        .piece_bytes = 1 << 20},
                                       {.clock = std::make_unique<os::SystemClock>(),
                                        .rng = std::make_unique<os::SystemRng>(),
                                        .credentials = s3::CredentialSource(
                                            {}, {.access_key = S3Gateway::kAccessKey,
                                                 .secret_key = Secret(S3Gateway::kSecretKey)}),
                                        .events = {.uploads_aborted = [](std::uint64_t) {},
                                                   .uploads_not_aborted =
                                                       [](const Error& error) {
                                                           ADD_FAILURE() << error.operator_text();
                                                       }}})
                       .value();
    }
    Staging& staging() override { return *staging_; }

private:
    std::unique_ptr<s3::S3Staging> staging_;
};

StagingImplementation s3_implementation(std::string name, std::string prefix) {
    return {.name = std::move(name),
            .make = [prefix]() -> std::unique_ptr<StagingUnderTest> {
                if (S3Gateway::shared() == nullptr) return nullptr;
                return std::make_unique<S3UnderTest>(prefix);
            },
            .why_not = S3Gateway::why_not};
}

INSTANTIATE_TEST_SUITE_P(
    Implementations, StagingConformance,
    testing::Values(
        StagingImplementation{.name = "Folder",
                              .make = [] { return std::make_unique<FolderUnderTest>(); }},
        StagingImplementation{.name = "FolderInMemory",
                              .make = [] { return std::make_unique<MemoryFolderUnderTest>(); }},
        s3_implementation("S3", ""), s3_implementation("S3BelowAPrefix", "millrace/node-1/")),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace millrace::conformance
