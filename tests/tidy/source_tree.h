#pragma once
// The files of the source tree, as the tests of this folder read them: from its root.

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::tidy {

// All folders with code; the first four are the product.
inline constexpr std::string_view kFolders[] = {"core", "storage", "templates",
                                                "api",  "tests",   "bench"};

inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The files below a folder that have one of the extensions.
inline std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder,
                                                      const std::vector<std::string>& extensions) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        for (const auto& extension : extensions) {
            if (entry.path().extension() == extension) found.push_back(entry.path());
        }
    }
    return found;
}

// Calls back with each line and its number, from 1.
inline void for_each_line(const std::filesystem::path& path,
                          const std::function<void(const std::string&, int)>& callback) {
    std::ifstream file(path);
    int number = 0;
    for (std::string line; std::getline(file, line);) callback(line, ++number);
}

}  // namespace millrace::tidy
