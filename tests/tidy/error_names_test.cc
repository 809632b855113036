// Goal    the names of errors are spelled in core/base/error_names.h only, and the documents have
//         each of them and no other.
// Method  read the names in the string literals of the product and in the documents, and compare
//         them with the list in both directions.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

namespace fs = std::filesystem;

namespace {

using Names = std::set<std::string>;

constexpr const char* kLists[] = {"core/base/error_names.h"};
constexpr auto kRefusals = "api/http/refusals.h";  // each HTTP port has those under its own prefix
constexpr const char* kPages[] = {"docs/api.md",   "docs/backends.md", "docs/ingest.md",
                                  "docs/loads.md", "docs/mapping.md",  "docs/operations.md",
                                  "docs/upload.md"};

bool is_list(const fs::path& path) {
    return std::any_of(std::begin(kLists), std::end(kLists),
                       [&](const char* list) { return path == fs::path(list); });
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The first group of every match of `pattern` in the text.
Names names_in(const std::string& text, const std::string& pattern) {
    const std::regex wanted(pattern);
    Names names;
    for (auto at = std::sregex_iterator(text.begin(), text.end(), wanted);
         at != std::sregex_iterator(); ++at) {
        names.insert((*at)[1]);
    }
    return names;
}

Names spelled() {
    Names names;
    for (const auto* list : kLists) {
        names.merge(names_in(content_of(list), R"rx("(stream\.[a-z]+\.[A-Za-z]+)")rx"));
    }
    return names;
}

Names listed() {
    auto names = spelled();
    for (const auto& bare : names_in(content_of(kRefusals), R"rx(string_view k\w+ = "(\w+)")rx")) {
        names.insert("stream.api." + bare);
        names.insert("stream.in." + bare);
    }
    return names;
}

std::string pages() {
    std::string text;
    for (const auto* page : kPages) text += content_of(page);
    return text;
}

TEST(ErrorNamesTest, AreSpelledInOneFile) {
    int files = 0;
    for (const auto* top : {"core", "storage", "templates", "api"}) {
        for (const auto& entry : fs::recursive_directory_iterator(top)) {
            const auto& path = entry.path();
            if (path.extension() != ".h" && path.extension() != ".cc") continue;
            if (is_list(path)) continue;
            ++files;
            std::ifstream file(path);
            int number = 0;
            for (std::string line; std::getline(file, line);) {
                ++number;
                const auto code = line.substr(0, line.find("//"));
                if (code.find("\"stream.") == std::string::npos) continue;
                for (const auto& name : names_in(code, R"rx("(stream\.[a-z]+\.[A-Za-z]+)")rx")) {
                    ADD_FAILURE() << path.generic_string() << ":" << number << ": write " << name
                                  << " as a name of " << kLists[0];
                }
            }
        }
    }
    EXPECT_GT(files, 50) << "run from the root of the source tree";
}

// Tables may leave the prefix out, as their head says.
TEST(ErrorNamesTest, AreInTheDocuments) {
    const auto text = pages();
    const auto names = spelled();
    EXPECT_GT(names.size(), 50U) << "run from the root of the source tree";
    for (const auto& name : names) {
        const auto bare = name.substr(name.rfind('.') + 1);
        EXPECT_TRUE(text.find("`" + name + "`") != std::string::npos ||
                    text.find("\"" + name + "\"") != std::string::npos ||
                    text.find("`" + bare + "`") != std::string::npos)
            << name << " is not in the documents";
    }
}

TEST(ErrorNamesTest, DocumentsHaveNoOthers) {
    const auto known = listed();
    for (const auto& name : names_in(pages(), R"rx(`(stream\.(?:in|api)\.[A-Za-z]+)`)rx")) {
        EXPECT_TRUE(known.contains(name))
            << name << " is in the documents and not in " << kLists[0];
    }
}

}  // namespace
