#pragma once
// CellValue: the text of a source cell -> the text of the column's data type, as slices have it.
//
// Blanks around anything but STRING and JSON do not count. Times without an offset are of the zone
// of the load; times with one are not.
//
// Lifetime  a value lives until the next of the same object, or as long as the text it is made of.
// Thread    one.
// See       docs/stream-load.md ("Values"); docs/mapping.md ("Data types")

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/bulk/time_zone.h"
#include "core/mapping/json_check.h"
#include "core/model/cell.h"
#include "core/model/data_type.h"

namespace millrace::bulk {

std::string_view without_blanks(std::string_view text);  // and tabs, around it

class CellValue {
public:
    // `strict`: a whole number has no digits behind a point; else they are cut.
    CellValue(TimeZone zone, bool strict) : zone_(zone), strict_(strict) {}

    // Nothing if the cell, which is not NULL, is no value of the type.
    std::optional<std::string_view> of(DataType type, const Cell& cell) {
        if (type == DataType::string || type == cell.type) return cell.text;
        if (is_plain_value(type, cell.text)) return cell.text;
        return convert(type, cell.text);
    }

private:
    static constexpr std::size_t kShortNumber = 18;  // bytes

    // Whether the text surely is a value as slices have it: what most cells are, found without a
    // call.
    static bool is_plain_value(DataType type, std::string_view text) {
        switch (type) {
            case DataType::integer:
                return is_short_integer(text);
            case DataType::decimal:
            case DataType::float64:
                return is_short_number(text);
            case DataType::boolean:
                return text.size() == 1 && (text.front() == '0' || text.front() == '1');
            case DataType::string:
            case DataType::date:
            case DataType::timestamp:
            case DataType::json:
                return false;
        }
        return false;
    }

    static bool is_short_integer(std::string_view text) {
        if (text.empty() || text.size() > kShortNumber) return false;
        return digits_at(text, 0) == text.size() && (text.front() != '0' || text.size() == 1);
    }

    // "12.50", "-0.5": so few digits fit a DECIMAL, and a DOUBLE holds every number of them.
    static bool is_short_number(std::string_view text) {
        if (text.empty() || text.size() > kShortNumber) return false;
        const std::size_t begin = text.front() == '-' ? 1 : 0;
        auto digits = digits_at(text, begin);
        if (digits == 0 || (digits > 1 && text[begin] == '0')) return false;
        const auto point = begin + digits;
        if (point == text.size()) return true;
        if (text[point] != '.') return false;
        digits = digits_at(text, point + 1);
        return digits > 0 && point + 1 + digits == text.size();
    }

    static std::size_t digits_at(std::string_view text, std::size_t at) {
        auto end = at;
        while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
        return end - at;
    }

    std::optional<std::string_view> convert(DataType type, std::string_view text);
    std::optional<std::string_view> date(std::string_view text);
    std::optional<std::string_view> timestamp(std::string_view text);

    const TimeZone zone_;
    const bool strict_;
    mapping::JsonCheck json_;
    std::string text_;
    char time_[27];  // "2026-01-31T09:30:00.000000Z"
};

}  // namespace millrace::bulk
