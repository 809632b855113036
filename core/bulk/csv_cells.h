#pragma once
// CsvCells: what the values of one record of CSV mean. The text for NULL (`\N` if the load says no
// other) is NULL, and the empty value and quotes around a value are what the load says.
//
// Thread  one.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/bulk/bulk_format.h"
#include "core/model/cell.h"

namespace millrace::bulk {

class CsvCells {
public:
    // The first `cells_max` values of a record are kept; those behind are counted.
    CsvCells(const CsvFormat& format, std::size_t cells_max)
        : trims_(format.trim_double_quotes),
          empty_is_null_(format.empty_field_as_null),
          null_text_(format.null_text),
          cells_(cells_max) {}

    void clear() { count_ = 0; }

    // A value as it is in the record.
    void add(const char* begin, const char* end) {
        if (count_ < cells_.size()) {
            cells_[count_] = cell_of({begin, static_cast<std::size_t>(end - begin)});
        }
        ++count_;
    }
    // A value that is nothing but text.
    void add_text(std::string_view text) {
        if (count_ < cells_.size()) cells_[count_] = {.text = text, .is_null = false};
        ++count_;
    }

    // Values that nobody wants.
    void count_more(std::size_t values) { count_ += values; }

    std::size_t count() const { return count_; }
    std::span<const Cell> kept() const {
        return std::span(cells_).first(count_ < cells_.size() ? count_ : cells_.size());
    }

private:
    Cell cell_of(std::string_view value) const {
        if (value.empty()) return {{}, empty_is_null_};
        if (value.size() == null_text_.size() && value.front() == null_text_.front() &&
            value == null_text_) {
            return {{}, true};
        }
        if (trims_ && value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            return {value.substr(1, value.size() - 2), false};
        }
        return {value, false};
    }

    const bool trims_;
    const bool empty_is_null_;
    const std::string null_text_;
    std::vector<Cell> cells_;
    std::size_t count_ = 0;
};

}  // namespace millrace::bulk
