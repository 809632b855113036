#include "storage/os/hard_link.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/storage/os/scratch_directory.h"

namespace millrace::os {
namespace {

namespace fs = std::filesystem;

TEST(HardLinkTest, TheFileHasBothNames) {
    const ScratchDirectory folder;
    const auto file = folder.path() + "/file", name = folder.path() + "/name";
    std::ofstream(file) << "rows";
    ASSERT_TRUE(hard_link(file, name).value());
    EXPECT_TRUE(fs::equivalent(file, name));
    fs::remove(file);
    EXPECT_EQ(fs::file_size(name), 4U);
}

TEST(HardLinkTest, WhatIsThereStays) {
    const ScratchDirectory folder;
    const auto file = folder.path() + "/file", name = folder.path() + "/name";
    EXPECT_EQ(hard_link(file, name).error().code(), Code::not_found);
    std::ofstream(file) << "rows";
    std::ofstream(name) << "other rows";
    EXPECT_EQ(hard_link(file, name).error().code(), Code::conflict);
    EXPECT_EQ(fs::file_size(name), 10U);
}

TEST(HardLinkTest, FileSystemsShareNoFile) {
    const ScratchDirectory folder;
    std::ofstream(folder.path() + "/file") << "rows";
    const auto linked = hard_link(folder.path() + "/file", "/proc/self/name");
    if (linked.ok()) {
        EXPECT_FALSE(linked.value());
    } else {
        EXPECT_NE(linked.error().code(), Code::conflict);
    }
    EXPECT_EQ(hard_link("/proc/version", folder.path() + "/name").value(), false);
}

}  // namespace
}  // namespace millrace::os
