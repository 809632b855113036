#pragma once
// TempDirectory: a fresh directory that is removed with everything in it.

#include <filesystem>
#include <string>

namespace millrace::testing_support {

class TempDirectory {
public:
    TempDirectory();
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;
    ~TempDirectory();

    std::string path() const { return path_.string(); }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

}  // namespace millrace::testing_support
