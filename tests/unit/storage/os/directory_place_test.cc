#include "storage/os/directory_place.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/storage/os/scratch_directory.h"

namespace millrace::os {
namespace {

namespace fs = std::filesystem;

TEST(DirectoryPlaceTest, EveryPathToADirectoryHasItsPlace) {
    const ScratchDirectory scratch;
    const auto root = fs::path(scratch.path());
    fs::create_directory(root / "one");
    fs::create_directory(root / "two");
    fs::create_directory_symlink(root / "one", root / "link");
    const auto one = place_of((root / "one").string()).value();
    EXPECT_EQ(place_of((root / "link").string()).value(), one);
    EXPECT_EQ(place_of((root / "two/../one/.").string()).value(), one);
    EXPECT_EQ(place_of(fs::relative(root / "one").string()).value(), one);
    EXPECT_NE(place_of((root / "two").string()).value(), one);
}

TEST(DirectoryPlaceTest, WhatIsNoDirectoryHasNone) {
    const ScratchDirectory scratch;
    const auto root = fs::path(scratch.path());
    EXPECT_EQ(place_of((root / "none").string()).error().code(), Code::not_found);
    std::ofstream(root / "file") << "x";
    EXPECT_EQ(place_of((root / "file").string()).error().code(), Code::unavailable);
}

}  // namespace
}  // namespace millrace::os
