#pragma once
// CsvEnclosed: records of CSV whose values may be enclosed in quotes.
//
// A value is enclosed if its first byte is the quote. Within, separators and line ends are data;
// the quote ends the enclosure, and what follows it up to the next separator belongs to the value
// too, so `"aa,"bbb"` is one value. Within, an escape before a quote or another escape makes it
// data: `\"`, or `""` where the escape is the quote. The outer quotes go where trim_double_quotes
// says so.
//
// Lifetime  the cells of split() live until the next call of anything.
// Thread    one.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bulk/bulk_format.h"
#include "core/bulk/csv_cells.h"
#include "core/bulk/line_end.h"

namespace millrace::bulk {

class CsvEnclosed {
public:
    // The format has `enclose`. Of a record's values the first `values_max` are kept.
    CsvEnclosed(const CsvFormat& format, std::size_t values_max);

    // Looks for the end of the record at the start of `text`, which has grown since the last call
    // if that found nothing. `is_all`: nothing follows the text. Nothing even then: a value is not
    // closed.
    std::optional<RecordEnd> find_end(std::string_view text, bool is_all);

    // Adds the values of the record that find_end() has found; bytes at its end may be cut off.
    void split(std::string_view record, CsvCells& cells);

private:
    enum class State { value_start, plain, enclosed };
    enum class Step { on, record_ends, wants_more };
    struct Value {
        std::size_t begin = 0;
        std::size_t end = 0;
        std::size_t closing = 0;  // of an enclosed value: where the quote is; else 0
        bool has_escape = false;
    };

    Step step(std::string_view text, bool is_all);
    Step step_enclosed(std::string_view text, bool is_all);
    Step step_plain(std::string_view text, bool is_all);
    void end_value(std::size_t separator_bytes);
    void add(std::string_view record, const Value& value, CsvCells& cells);
    std::string_view unescaped(std::string_view value, std::size_t closing, bool is_trimmed);

    const CsvFormat format_;
    const char quote_;
    const std::size_t values_max_;
    State state_ = State::value_start;
    bool record_ended_ = true;  // the next text begins another one
    std::size_t at_ = 0;        // what is before was read
    Value value_;               // that is being read
    std::vector<Value> values_;
    std::size_t more_values_ = 0;  // behind those
    std::string unescaped_;        // of the values of a record; does not grow while they live
};

}  // namespace millrace::bulk
