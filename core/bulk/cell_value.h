#pragma once
// CellValue: the text of a source cell -> the text of the column's data type, as slices have it.
//
// Blanks around anything but STRING and JSON do not count. Times without an offset are of the zone
// of the load; times with one are not.
//
// Lifetime  a value lives until the next of the same object, or as long as the text it is made of.
// Thread    one.
// See       docs/stream-load.md ("Values"); docs/mapping.md ("Data types")

#include <optional>
#include <string>
#include <string_view>

#include "core/bulk/time_zone.h"
#include "core/mapping/json_check.h"
#include "core/model/cell.h"
#include "core/model/data_type.h"

namespace millrace::bulk {

class CellValue {
public:
    // `strict`: a whole number has no digits behind a point; else they are cut.
    CellValue(TimeZone zone, bool strict) : zone_(zone), strict_(strict) {}

    // Nothing if the cell, which is not NULL, is no value of the type.
    std::optional<std::string_view> of(DataType type, const Cell& cell) {
        if (type == DataType::string || type == cell.type) return cell.text;
        if (type == DataType::integer && is_short_integer(cell.text)) return cell.text;
        return convert(type, cell.text);
    }

private:
    // Whether it surely is an integer as slices have it.
    static bool is_short_integer(std::string_view text) {
        if (text.empty() || text.size() > 18) return false;
        if (text.front() == '0') return text.size() == 1;
        for (const char c : text) {
            if (c < '0' || c > '9') return false;
        }
        return true;
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
