#pragma once
// TemplateExample: one folder of templates/examples.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace millrace::testing_support {

struct TemplateExample {
    std::string name;
    std::string text;  // of the template
    std::string body;  // of the event
    std::map<std::string, std::string> headers;
    std::string expected;  // the cell, with rawString
};

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// Run from the root of the source tree.
inline std::vector<TemplateExample> template_examples() {
    std::vector<TemplateExample> examples;
    for (const auto& entry : std::filesystem::directory_iterator("templates/examples")) {
        if (!entry.is_directory()) continue;
        const auto& folder = entry.path();
        TemplateExample example{.name = folder.filename(),
                                .text = read_text(folder / "template.jsonnet"),
                                .body = read_text(folder / "event.json"),
                                .headers = {},
                                .expected = read_text(folder / "expected.txt")};
        if (example.expected.ends_with('\n')) example.expected.pop_back();
        if (std::filesystem::exists(folder / "headers.json")) {
            example.headers = nlohmann::json::parse(read_text(folder / "headers.json"));
        }
        examples.push_back(std::move(example));
    }
    std::sort(examples.begin(), examples.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return examples;
}

}  // namespace millrace::testing_support
