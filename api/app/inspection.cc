#include "api/app/inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

std::string cell(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return "-";
    return value.dump();
}

bool is_table(const Json& value) {
    return value.is_array() && !value.empty() && value.front().is_object();
}

// The columns are those of the first row; all rows have the same.
std::string table(const Json& rows) {
    std::vector<std::vector<std::string>> lines(1);
    for (const auto& [name, value] : rows.front().items()) lines.front().push_back(name);
    for (const auto& row : rows) {
        auto& line = lines.emplace_back();
        for (const auto& [name, value] : row.items()) line.push_back(cell(value));
    }
    std::vector<std::size_t> widths(lines.front().size(), 0);
    for (const auto& line : lines) {
        for (std::size_t i = 0; i < line.size() && i < widths.size(); ++i) {
            widths[i] = std::max(widths[i], line[i].size());
        }
    }
    std::string text;
    for (const auto& line : lines) {
        std::string row = "  ";
        for (std::size_t i = 0; i < line.size(); ++i) {
            row += fmt::format("{:<{}}  ", line[i], i < widths.size() ? widths[i] : 0);
        }
        row.erase(row.find_last_not_of(' ') + 1);
        text += row + "\n";
    }
    return text;
}

}  // namespace

std::string render_text(const Json& document) {
    std::string text;
    for (const auto& [name, value] : document.items()) {
        if (is_table(value)) {
            text += fmt::format("{}:\n{}", name, table(value));
        } else if (value.is_array() && value.empty()) {
            text += fmt::format("{}: none\n", name);
        } else if (value.is_array()) {
            text += fmt::format("{}:\n", name);
            for (const auto& item : value) text += fmt::format("  {}\n", cell(item));
        } else {
            text += fmt::format("{}: {}\n", name, cell(value));
        }
    }
    if (!text.empty()) text.pop_back();
    return text;
}

}  // namespace millrace
