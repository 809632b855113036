#include "api/config/wrapped_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::config {

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
    std::vector<std::string> lines(1);
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        auto& line = lines.back();
        if (line.empty()) {
            line = word;
        } else if (line.size() + 1 + word.size() <= width) {
            line += fmt::format(" {}", word);
        } else {
            lines.emplace_back(word);
        }
    }
    return lines;
}

}  // namespace millrace::config
