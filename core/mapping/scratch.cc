#include "core/mapping/scratch.h"

#include <fmt/format.h>

#include "core/base/error_names.h"
#include "core/mapping/headers_json.h"
#include "core/mapping/json_text.h"
#include "core/mapping/query.h"
#include "core/mapping/utf8.h"

namespace millrace::mapping {
namespace {

constexpr std::size_t kLargeCell = 16 << 10;
constexpr std::size_t kLargeCellsMax = 8;

}  // namespace

Error broken_value(std::string_view problem) {
    return Error(Code::invalid, fmt::format("invalid form data {}", problem))
        .named(error_names::kInInvalidForm);
}

std::string_view Scratch::fresh_uuid() {
    // Its time is for people, who know no clock of ages.
    const AgeTime arrived{record.arrived_at.unix_ms};
    write_uuid(rng.uuid_v7(arrived), uuid_.data());
    return {uuid_.data(), uuid_.size()};
}

std::string_view Scratch::event_id() {
    if (event_id_.empty()) event_id_ = record.event_id.empty() ? fresh_uuid() : record.event_id;
    return event_id_;
}

std::string_view Scratch::message_number(std::int64_t number) {
    text_ = fmt::format_int(number).str();
    return text_;
}

std::string_view Scratch::message_time(WallTime time) {
    text_ = format_utc(time);
    return text_;
}

std::string_view Scratch::utf8_text(std::string_view text) {
    if (is_valid_utf8(text)) return text;
    text_.clear();
    append_utf8(text_, text);
    return text_;
}

std::optional<std::string_view> Scratch::parameter(std::string_view name) {
    return find_parameter(record.query, name, decoded_text_);
}

std::string_view Scratch::arrived_at() {
    if (time_printed_ != record.arrived_at) {
        time_ = format_utc(record.arrived_at);
        time_printed_ = record.arrived_at;
    }
    return time_;
}

const HeaderList& Scratch::headers() {
    if (!headers_read) headers_.read(record.headers, secrets);
    headers_read = true;
    return headers_;
}

std::string_view Scratch::headers_json() {
    if (!headers_printed) print_headers(headers(), headers_text_);
    headers_printed = true;
    return headers_text_;
}

std::string_view Scratch::cell_text(const JsonValue& value, bool raw_string) {
    const auto found = value.text();
    if (found.front() == '"') {
        if (!raw_string) return found;
        const auto inside = found.substr(1, found.size() - 2);
        if (!value.escaped) return inside;
        if (found.size() >= kLargeCell) return large_cell_text(value, raw_string);
        text_.clear();
        append_unescaped(text_, inside);
        return text_;
    }
    if (!value.spaced) return found;
    if (found.size() >= kLargeCell) return large_cell_text(value, raw_string);
    text_.clear();
    append_compact(text_, found);
    return text_;
}

std::string_view Scratch::large_cell_text(const JsonValue& value, bool raw_string) {
    for (const auto& cell : large_cells_) {
        if (cell.begin == value.begin && cell.raw_string == raw_string) return cell.text;
    }
    if (large_cells_.size() == kLargeCellsMax) large_cells_.clear();
    auto& cell = large_cells_.emplace_back(
        LargeCell{.begin = value.begin, .raw_string = raw_string, .text = {}});
    const auto found = value.text();
    if (found.front() == '"') {
        append_unescaped(cell.text, found.substr(1, found.size() - 2));
    } else {
        append_compact(cell.text, found);
    }
    return cell.text;
}

}  // namespace millrace::mapping
