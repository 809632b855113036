#pragma once
// TextTable: rows as people read them on a terminal.
//
// What is wider than the terminal is cut, the widest columns first; where that leaves nothing to
// read, or would cut what has to be whole, a row is lines of "name: value". Control characters of
// values are shown as escapes: they could say anything to a terminal.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

inline constexpr std::size_t kWhole = SIZE_MAX;  // an id: somebody types it into the next command
inline constexpr std::size_t kSentence = 24;  // the begin of a reason, which says what it is about

struct TextTable {
    std::vector<std::string> heads;
    std::vector<std::vector<std::string>> rows;  // each as long as heads
    std::vector<bool> is_number;                 // of each column: to the right; may be shorter
    // To what a column may be cut; 0: as others are. In a record it is whole. May be shorter.
    std::vector<std::size_t> least = {};
};

// `width` is that of the terminal; 0: nothing is cut. Every line ends with a line end.
std::string render(const TextTable& table, std::size_t width);

// A table whose rows come one after the other: columns only become wider.
class GrowingTable {
public:
    // `is_number` as of TextTable. `width` is that of the terminal; 0: nothing is cut.
    GrowingTable(std::vector<std::string> heads, std::vector<bool> is_number, std::size_t width);

    // Their lines; the first ones are behind the heads.
    std::string add(std::vector<std::vector<std::string>> rows);
    std::size_t columns() const { return table_.heads.size(); }

private:
    TextTable table_;  // one row, as wide as those that were there
    const std::size_t width_;
    bool has_begun_ = false;
};

// On one line, with escapes for what is no printable character.
std::string printable(std::string_view text);

// "1,234,567"
std::string grouped(std::uint64_t number);

// In how many columns of a terminal the text is shown, counting a character as one.
std::size_t width_of(std::string_view text);
// The begin of the text, with an ellipsis, in at most `width` columns.
std::string cut_to(std::string_view text, std::size_t width);

}  // namespace millrace::cli
