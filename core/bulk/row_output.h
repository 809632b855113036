#pragma once
// RowOutput: rows in the CSV of slices of format 2, one behind the other in one buffer. The row
// that is being made can be dropped again.
//
// Format    docs/formats/slice.md
// Lifetime  rows() lives until the next call of anything.
// Thread    one.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/mapping/plain_copy.h"

namespace millrace::bulk {

class RowOutput {
public:
    void begin_row() { row_begin_ = size_; }
    void drop_row() { size_ = row_begin_; }
    // The row has at least one value.
    void end_row() {
        bytes_[size_ - 1] = '\n';
        ++rows_;
    }

    void add_null() {
        reserve(1);
        bytes_[size_++] = ',';
    }
    // A value as it is, without quotes.
    void add_bare(std::string_view text);
    // A value that is known to have no quote.
    void add_plain(std::string_view text) {
        if (!add_short(text)) add_long_plain(text);
    }
    void add_text(std::string_view text) {
        if (!add_short(text)) add_long_text(text);
    }

    std::string_view rows() const { return {bytes_.get(), size_}; }
    std::uint64_t row_count() const { return rows_; }
    void clear() { size_ = rows_ = row_begin_ = 0; }

private:
    void reserve(std::size_t bytes) {
        if (size_ + bytes > capacity_) grow(bytes);
    }
    void grow(std::size_t bytes);
    void append(std::string_view text);
    void add_long_plain(std::string_view text);
    void add_long_text(std::string_view text);

    // False, and nothing is added, if the text is not short or has a quote.
    bool add_short(std::string_view text) {
        reserve(mapping::kPlainCopyMax + 3);
        auto* const to = bytes_.get() + size_;
        if (!mapping::copy_plain(to + 1, text.data(), text.size())) return false;
        to[0] = to[text.size() + 1] = '"';
        to[text.size() + 2] = ',';
        size_ += text.size() + 3;
        return true;
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::size_t row_begin_ = 0;
    std::uint64_t rows_ = 0;
};

}  // namespace millrace::bulk
