#pragma once
// CsvHead: the first record of a body of CSV, which has the names of its columns, or shows how many
// there are.
//
// Thread  one.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/bulk/bulk_format.h"
#include "core/bulk/csv_enclosed.h"
#include "core/bulk/line_end.h"

namespace millrace::bulk {

class CsvHead {
public:
    struct Record {
        std::string text;  // as it is in the body, without its line end
        std::vector<std::string> values;
    };

    CsvHead(const CsvFormat& format, std::size_t values_max, std::size_t bytes_max);

    // The next bytes of the body. The record, once it is whole; lines without bytes are none.
    // Errors  invalid, for the client: a value is never closed; it is not UTF-8
    //         too_large: it is longer than bytes_max
    Result<std::optional<Record>> feed(std::string_view bytes);
    // No more bytes. Nothing: there is no record.
    Result<std::optional<Record>> finish();

    // All bytes so far.
    const std::string& bytes() const { return bytes_; }

private:
    Result<std::optional<Record>> look(bool is_all);
    Record split(std::string_view record);

    const CsvFormat format_;
    const std::size_t values_max_;
    const std::size_t bytes_max_;
    std::optional<CsvEnclosed> enclosed_;
    LineEnd lines_;
    std::string bytes_;
    std::size_t begin_ = 0;  // of the record that is looked for
    bool has_looked_for_mark_ = false;
};

}  // namespace millrace::bulk
