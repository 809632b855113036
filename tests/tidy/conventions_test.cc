// Goal    a reader who follows a name finds what it names, and finds a label where he looks for it.
// Method  read every comment, document and file name of the tree.

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "tests/tidy/source_tree.h"

namespace millrace::tidy {
namespace {

namespace fs = std::filesystem;

std::string place(const fs::path& path, int line) {
    return path.generic_string() + ":" + std::to_string(line);
}

// An include names a header by its path, and a person by its name.
TEST(ConventionsTest, HeaderNamesAreUnique) {
    std::map<std::string, fs::path> seen;
    for (const auto folder : kFolders) {
        for (const auto& path : files_below(folder, {".h"})) {
            const auto [other, is_new] = seen.emplace(path.filename().string(), path);
            EXPECT_TRUE(is_new) << path.generic_string() << " is called as "
                                << other->second.generic_string();
        }
    }
    EXPECT_GT(seen.size(), 100U) << "run from the root of the source tree";
}

// Of a line: paths below the root, or relative to the file that names them.
std::set<std::string> paths_in(const std::string& line) {
    static const std::regex wanted(
        R"((^|[^\w/.<>-])((?:[\w.-]+/)+[\w.-]+\.(?:h|cc|md|py|yaml))\b)");
    std::set<std::string> found;
    for (auto at = std::sregex_iterator(line.begin(), line.end(), wanted);
         at != std::sregex_iterator(); ++at) {
        found.insert((*at)[2]);
    }
    return found;
}

TEST(ConventionsTest, FilesThatCommentsAndDocumentsNameAreThere) {
    // Places for a name of the reader's choice, and files of other projects.
    const std::set<std::string> examples = {"core/x/y.h", "tests/unit/core/x/y_test.cc"};
    int names = 0;
    const auto check = [&](const fs::path& path, const std::string& text, int number) {
        if (text.find("://") != std::string::npos) return;
        for (const auto& name : paths_in(text)) {
            if (examples.contains(name) || name.find("/X_") != std::string::npos) continue;
            ++names;
            EXPECT_TRUE(fs::exists(name) || fs::exists(path.parent_path() / name))
                << place(path, number) << ": there is no " << name;
        }
    };
    for (const auto folder : kFolders) {
        for (const auto& path : files_below(folder, {".h", ".cc"})) {
            for_each_line(path, [&](const std::string& line, int number) {
                const auto comment = line.find("//");
                if (comment != std::string::npos) check(path, line.substr(comment), number);
            });
        }
    }
    auto documents = files_below("docs", {".md"});
    documents.emplace_back("README.md");
    for (const auto& path : documents) {
        for_each_line(path,
                      [&](const std::string& line, int number) { check(path, line, number); });
    }
    EXPECT_GT(names, 100);
}

// "Errors  unavailable" stands at the start of a line, so that the eye finds it.
TEST(ConventionsTest, LabelsBeginALine) {
    static const std::regex label(
        R"(//.*[a-z0-9.,:;)] +(Errors|Thread|Durable|Lifetime|Goal|Method|Format|Source|See)  +\S)");
    for (const auto folder : kFolders) {
        for (const auto& path : files_below(folder, {".h", ".cc"})) {
            for_each_line(path, [&](const std::string& line, int number) {
                if (line.find("//") == std::string::npos) return;
                EXPECT_FALSE(std::regex_search(line, label)) << place(path, number) << ": " << line;
            });
        }
    }
}

// A test that is a script is run by its own name: CTest cannot start one that is not executable,
// while `python3 tests/...` can, so it would be seen on the next machine only.
TEST(ConventionsTest, ScriptsAreExecutable) {
    constexpr auto kExecutable = fs::perms::owner_exec;
    for (const auto* folder : {"scripts", "tests", "bench", "deploy", "openapi"}) {
        for (const auto& file : fs::recursive_directory_iterator(folder)) {
            if (!file.is_regular_file() || !content_of(file.path()).starts_with("#!")) continue;
            EXPECT_TRUE((file.status().permissions() & kExecutable) != fs::perms::none)
                << file.path() << ": chmod +x it";
        }
    }
}

TEST(ConventionsTest, DecisionsAreNumberedWithoutAGap) {
    std::set<int> numbers;
    const auto decisions = files_below("docs/adr", {".md"});
    for (const auto& path : decisions) {
        EXPECT_TRUE(numbers.insert(std::stoi(path.filename().string().substr(0, 4))).second)
            << path.generic_string() << ": the number is taken";
    }
    ASSERT_FALSE(numbers.empty());
    EXPECT_EQ(*numbers.rbegin(), static_cast<int>(numbers.size()));
}

}  // namespace
}  // namespace millrace::tidy
