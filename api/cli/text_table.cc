#include "api/cli/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "core/base/utf8_sequence.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kGap = 2;     // between columns
constexpr std::size_t kNarrow = 6;  // a column is not cut to less, unless it says so itself
constexpr std::string_view kEllipsis = "…";

using Widths = std::vector<std::size_t>;

std::size_t total_of(const Widths& widths) {
    return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
           kGap * (widths.empty() ? 0 : widths.size() - 1);
}

std::size_t least_of(const TextTable& table, std::size_t column) {
    const auto least = column < table.least.size() ? table.least[column] : 0;
    return least == 0 ? kNarrow : least;
}

// False if they cannot be made to fit.
bool narrow(Widths& widths, const TextTable& table, std::size_t width) {
    while (total_of(widths) > width) {
        std::size_t* widest = nullptr;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const bool may_be_cut = widths[i] > least_of(table, i);
            if (may_be_cut && (widest == nullptr || widths[i] > *widest)) widest = &widths[i];
        }
        if (widest == nullptr) return false;
        --*widest;
    }
    return true;
}

TextTable printable_table(const TextTable& table) {
    auto shown = table;
    shown.is_number.resize(table.heads.size());
    for (auto& row : shown.rows) {
        row.resize(table.heads.size());
        for (auto& cell : row) cell = printable(cell);
    }
    for (auto& head : shown.heads) head = printable(head);
    return shown;
}

std::string line_of(const std::vector<std::string>& cells, const TextTable& table,
                    const Widths& widths) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) line.append(kGap, ' ');
        const auto cell = cut_to(cells[i], widths[i]);
        const std::string space(widths[i] - width_of(cell), ' ');
        line += table.is_number[i] ? space + cell : cell + space;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

Widths widths_of(const TextTable& table) {
    Widths widths;
    for (const auto& head : table.heads) widths.push_back(width_of(head));
    for (const auto& row : table.rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    return widths;
}

std::string record_of(const TextTable& table, const std::vector<std::string>& row,
                      std::size_t width) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const auto line = fmt::format("{}: {}", table.heads[i], row[i]);
        const bool is_whole = i < table.least.size() && table.least[i] > 0;
        text += (is_whole ? line : cut_to(line, width)) + "\n";
    }
    return text;
}

std::string as_records(const TextTable& table, std::size_t width) {
    std::string text;
    for (const auto& row : table.rows) {
        if (!text.empty()) text += "\n";
        text += record_of(table, row, width);
    }
    return text;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string shown;
    while (!text.empty()) {
        const auto bytes = utf8_sequence_bytes(text);
        const auto first = static_cast<unsigned char>(text.front());
        // U+0080 to U+009F are control characters too, in two bytes that begin with 0xC2.
        const bool is_late_control =
            bytes == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
        if (text.front() == '\n') {
            shown += "\\n";
        } else if (text.front() == '\t') {
            shown += "\\t";
        } else if (bytes == 0 || first < 0x20 || first == 0x7F || is_late_control) {
            shown += fmt::format("\\x{:02x}", is_late_control ? text[1] & 0xFF : first);
        } else {
            shown += text.substr(0, bytes);
        }
        text.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
    return shown;
}

std::string grouped(std::uint64_t number) {
    auto digits = fmt::format("{}", number);
    for (auto at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

std::size_t width_of(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        text.remove_prefix(std::max<std::size_t>(utf8_sequence_bytes(text), 1));
        ++width;
    }
    return width;
}

std::string cut_to(std::string_view text, std::size_t width) {
    if (width_of(text) <= width) return std::string(text);
    std::size_t end = 0;
    for (std::size_t shown = 1; shown < width; ++shown) {
        end += std::max<std::size_t>(utf8_sequence_bytes(text.substr(end)), 1);
    }
    return std::string(text.substr(0, end)) + std::string(width == 0 ? "" : kEllipsis);
}

GrowingTable::GrowingTable(std::vector<std::string> heads, std::vector<bool> is_number,
                           std::size_t width)
    : table_{.heads = std::move(heads), .rows = {}, .is_number = std::move(is_number)},
      width_(width) {}

std::string GrowingTable::add(std::vector<std::vector<std::string>> rows) {
    if (rows.empty()) return {};
    const auto count = rows.size();
    table_.rows.insert(table_.rows.end(), std::make_move_iterator(rows.begin()),
                       std::make_move_iterator(rows.end()));
    const auto table = printable_table(table_);
    auto widths = widths_of(table);
    const bool fits = width_ == 0 || narrow(widths, table, width_);
    std::string text;
    if (fits && !has_begun_) text = line_of(table.heads, table, widths);
    for (std::size_t i = table.rows.size() - count; i < table.rows.size(); ++i) {
        text += fits ? line_of(table.rows[i], table, widths)
                     : (has_begun_ ? "\n" : "") + record_of(table, table.rows[i], width_);
        has_begun_ = true;
    }
    std::vector<std::string> widest(table.heads.size());
    for (const auto& row : table.rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (width_of(row[i]) > width_of(widest[i])) widest[i] = row[i];
        }
    }
    table_.rows = {std::move(widest)};
    return text;
}

std::string render(const TextTable& given, std::size_t width) {
    const auto table = printable_table(given);
    auto widths = widths_of(table);
    if (width > 0 && !narrow(widths, table, width)) return as_records(table, width);
    auto text = line_of(table.heads, table, widths);
    for (const auto& row : table.rows) text += line_of(row, table, widths);
    return text;
}

}  // namespace millrace::cli
