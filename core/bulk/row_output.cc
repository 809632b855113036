#include "core/bulk/row_output.h"

#include <algorithm>
#include <cstring>

namespace millrace::bulk {

void RowOutput::grow(std::size_t bytes) {
    capacity_ = std::max(2 * capacity_, size_ + bytes);
    auto grown = std::make_unique_for_overwrite<char[]>(capacity_);
    if (size_ > 0) std::memcpy(grown.get(), bytes_.get(), size_);
    bytes_ = std::move(grown);
}

// There is room.
void RowOutput::append(std::string_view text) {
    if (!text.empty()) std::memcpy(bytes_.get() + size_, text.data(), text.size());
    size_ += text.size();
}

void RowOutput::add_bare(std::string_view text) {
    reserve(text.size() + 1);
    append(text);
    bytes_[size_++] = ',';
}

void RowOutput::add_long_plain(std::string_view text) {
    reserve(text.size() + 3);
    bytes_[size_++] = '"';
    append(text);
    bytes_[size_++] = '"';
    bytes_[size_++] = ',';
}

void RowOutput::add_long_text(std::string_view text) {
    auto quote = text.find('"');
    if (quote == std::string_view::npos) {
        add_long_plain(text);
        return;
    }
    reserve(2 * text.size() + 3);
    bytes_[size_++] = '"';
    for (; quote != std::string_view::npos; quote = text.find('"')) {
        append(text.substr(0, quote + 1));
        bytes_[size_++] = '"';
        text.remove_prefix(quote + 1);
    }
    append(text);
    bytes_[size_++] = '"';
    bytes_[size_++] = ',';
}

}  // namespace millrace::bulk
