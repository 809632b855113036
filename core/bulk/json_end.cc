#include "core/bulk/json_end.h"

#include "core/bulk/byte_scan.h"

namespace millrace::bulk {
namespace {

bool ends_word(char c) {
    return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

std::optional<std::size_t> JsonEnd::found(std::size_t bytes) {
    *this = JsonEnd();
    return bytes;
}

std::optional<std::size_t> JsonEnd::find(std::string_view text, bool is_all) {
    while (at_ < text.size()) {
        if (in_string_) {
            at_ = find_either(text, at_, '"', '\\');
            if (at_ == text.size()) break;
            if (text[at_] == '\\') {
                if (at_ + 1 == text.size()) break;
                at_ += 2;
                continue;
            }
            in_string_ = false;
            ++at_;
            if (depth_ == 0) return found(at_);
            continue;
        }
        const char c = text[at_];
        if (depth_ == 0 && at_ > 0 && ends_word(c)) return found(at_);
        ++at_;
        if (c == '"') {
            in_string_ = true;
        } else if (c == '{' || c == '[') {
            ++depth_;
        } else if (c == '}' || c == ']') {
            if (depth_ <= 1) return found(at_);
            --depth_;
        }
    }
    if (!is_all || in_string_ || depth_ > 0) return std::nullopt;
    return found(at_);
}

}  // namespace millrace::bulk
