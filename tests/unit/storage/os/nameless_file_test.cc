#include "storage/os/nameless_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "tests/unit/storage/os/scratch_directory.h"

namespace millrace::os {
namespace {

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(NamelessFileTest, ItsBytesAreReadByItsPathAndItsDirectoryStaysEmpty) {
    const ScratchDirectory folder;
    auto file = NamelessFile::create(folder.path()).value();
    EXPECT_TRUE(file.append("one ").ok());
    EXPECT_TRUE(file.append("").ok());
    EXPECT_TRUE(file.append("two").ok());
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    EXPECT_EQ(content_of(file.path()), "one two");

    const auto moved = std::move(file);
    EXPECT_EQ(content_of(moved.path()), "one two");
}

TEST(NamelessFileTest, ItIsGoneWithItsObject) {
    const ScratchDirectory folder;
    std::string path;
    {
        const auto file = NamelessFile::create(folder.path()).value();
        path = file.path();
    }
    EXPECT_EQ(content_of(path), "");
}

TEST(NamelessFileTest, WithoutItsDirectoryItCannotBeMade) {
    const ScratchDirectory folder;
    const auto file = NamelessFile::create(folder.path() + "/none");
    ASSERT_FALSE(file.ok());
    EXPECT_EQ(file.error().code(), Code::not_found);
}

}  // namespace
}  // namespace millrace::os
