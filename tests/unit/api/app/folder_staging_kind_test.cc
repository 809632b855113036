#include "api/app/folder_staging_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/os/posix_disk.h"
#include "tests/support/memory_source.h"
#include "tests/support/temp_directory.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing_support::MemorySource;
using testing_support::TempDirectory;

// As two services on one machine have it.
class FolderStagingKindTest : public testing::Test {
protected:
    Result<std::unique_ptr<Staging>> open(const std::string& data_dir, const std::string& name,
                                          config::BackendOptions options = {}) {
        return folder_staging_kind().open({.disk = disk_,
                                           .data_dir = directory_ / data_dir,
                                           .name = name,
                                           .options = std::move(options)});
    }

    TempDirectory directory_;
    os::PosixDisk disk_;
};

// Goal    each service removes objects that its own catalog does not know, so a folder is of one
//         staging of one service.
TEST_F(FolderStagingKindTest, TwoServicesCannotShareAFolder) {
    const config::BackendOptions shared = {{"dir", directory_ / "shared"}};
    auto first = open("one", "far", shared);
    ASSERT_TRUE(first.ok()) << first.error().operator_text();

    const auto second = open("two", "near", shared);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code(), Code::conflict);
    EXPECT_THAT(second.error().operator_text(), HasSubstr("staging near"));
    EXPECT_THAT(second.error().operator_text(), HasSubstr(directory_ / "shared"));

    MemorySource bytes("1");
    EXPECT_TRUE(first.value()->put("7/1.csv", bytes).ok()) << "the first one goes on";
    first.value().reset();
    EXPECT_TRUE(open("two", "near", shared).ok()) << "after the end of the first";
}

TEST_F(FolderStagingKindTest, TwoStagingsOfAServiceCannotShareAFolder) {
    const auto first = open("one", std::string(config::kDefaultBackend));
    ASSERT_TRUE(first.ok());
    const auto second = open("one", "far", {{"dir", directory_ / "one/staging"}});
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code(), Code::conflict);
    EXPECT_TRUE(open("one", "near").ok()) << "each has a folder of its own unless it names one";
}

}  // namespace
}  // namespace millrace
