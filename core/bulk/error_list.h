#pragma once
// ErrorList: the rows of a load that were filtered, as its error log has them.
//
//   Reason: <text>, line 3, byte 120. src line [<row>];
//
// Bytes that are not UTF-8 are U+FFFD in it.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/bulk/source_row.h"

namespace millrace::bulk {

class ErrorList {
public:
    ErrorList(std::uint32_t rows_max, std::uint64_t bytes_max)
        : rows_max_(rows_max), bytes_max_(bytes_max) {}

    // Rows behind rows_max are not kept, which the log says; nor is what would make it longer than
    // bytes_max, a line of 40 bytes about it apart.
    void add(std::string_view reason, const SourceRow& row);

    const std::string& log() const { return log_; }
    const std::string& first() const { return first_; }  // at most 512 bytes

private:
    const std::uint32_t rows_max_;
    const std::uint64_t bytes_max_;
    std::uint64_t rows_ = 0;
    bool is_full_ = false;
    std::string log_;
    std::string first_;
};

}  // namespace millrace::bulk
