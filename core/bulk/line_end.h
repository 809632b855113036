#pragma once
// LineEnd finds the delimiter that ends a line in a text that grows.
//
// Thread  one.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::bulk {

// Where a record ends in the text it begins.
struct RecordEnd {
    std::size_t bytes = 0;            // of the record
    std::size_t delimiter_bytes = 0;  // behind it; 0 at the end of the body

    bool operator==(const RecordEnd&) const = default;
};

class LineEnd {
public:
    explicit LineEnd(std::string delimiter) : delimiter_(std::move(delimiter)) {}

    // `text` begins a line; it has grown since the last call if that found nothing. `is_all`:
    // nothing follows the text, so its end is that of the line.
    std::optional<RecordEnd> find(std::string_view text, bool is_all);

private:
    const std::string delimiter_;
    std::size_t searched_ = 0;  // no delimiter begins before
};

}  // namespace millrace::bulk
