#include "api/cli/line_mistakes.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::cli {
namespace {

constexpr std::size_t kShownMax = 20;

}  // namespace

void LineMistakes::add(std::size_t line, std::string_view text) {
    all_.push_back(fmt::format("line {}: {}", line, text));
}

Result<void> LineMistakes::finish() const {
    if (all_.empty()) return {};
    std::string text;
    for (std::size_t i = 0; i < std::min(all_.size(), kShownMax); ++i) {
        text += (i == 0 ? "" : "\n") + all_[i];
    }
    if (all_.size() > kShownMax) text += fmt::format("\nand {} more", all_.size() - kShownMax);
    return Error(Code::invalid, text);
}

}  // namespace millrace::cli
