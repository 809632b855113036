#include "core/bulk/line_end.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace millrace::bulk {

std::optional<RecordEnd> LineEnd::find(std::string_view text, bool is_all) {
    const auto* const from = text.data() + searched_;
    const auto bytes = text.size() - searched_;
    const auto* const found = static_cast<const char*>(
        delimiter_.size() == 1 ? std::memchr(from, delimiter_.front(), bytes)
                               : memmem(from, bytes, delimiter_.data(), delimiter_.size()));
    if (found != nullptr) {
        searched_ = 0;
        return RecordEnd{static_cast<std::size_t>(found - text.data()), delimiter_.size()};
    }
    if (is_all) {
        searched_ = 0;
        return RecordEnd{text.size(), 0};
    }
    searched_ = text.size() - std::min(text.size(), delimiter_.size() - 1);
    return std::nullopt;
}

}  // namespace millrace::bulk
