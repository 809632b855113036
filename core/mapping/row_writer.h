#pragma once
// RowWriter builds one CSV row in a buffer of its own: every value quoted, "," between, "\n" at the
// end. The same bytes as append_csv_value(), several times faster on values full of quotes.
//
// Format    docs/formats/slice.md
// Lifetime  reused from row to row; allocates only while its buffer grows.
// Thread    one.

#include <cstdint>
#include <memory>
#include <string_view>

namespace millrace::mapping {

class RowWriter {
public:
    // Begins a row that may have `bytes_max` bytes, its line end included.
    void begin(std::uint64_t bytes_max);

    // Adds a value. False if the row would be over its limit; the row must then be given up.
    [[nodiscard]] bool add(std::string_view value);
    // The same for a value that is known to have no quote.
    [[nodiscard]] bool add_plain(std::string_view value);

    // Ends the row; valid until the next begin().
    std::string_view finish();

private:
    bool fits(std::uint64_t more) const { return size_ + more + 1 <= bytes_max_; }
    char* open_value(std::size_t room);
    bool close_value(char* end);
    void reserve(std::size_t bytes);

    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::uint64_t bytes_max_ = 0;
};

}  // namespace millrace::mapping
