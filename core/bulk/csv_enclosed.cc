#include "core/bulk/csv_enclosed.h"

#include <utility>

#include "core/bulk/byte_scan.h"

namespace millrace::bulk {
namespace {

enum class Match { none, begun, whole };

// Whether `mark` is at the front of `text`, or the text ends within it.
Match match(std::string_view text, std::string_view mark) {
    if (text.starts_with(mark)) return Match::whole;
    return text.size() < mark.size() && mark.starts_with(text) ? Match::begun : Match::none;
}

}  // namespace

CsvEnclosed::CsvEnclosed(const CsvFormat& format, std::size_t values_max)
    : format_(format), quote_(*format.enclose), values_max_(values_max) {}

std::optional<RecordEnd> CsvEnclosed::find_end(std::string_view text, bool is_all) {
    if (record_ended_) {
        state_ = State::value_start;
        at_ = 0;
        value_ = {};
        values_.clear();
        more_values_ = 0;
        record_ended_ = false;
    }
    while (true) {
        switch (step(text, is_all)) {
            case Step::on:
                break;
            case Step::wants_more:
                return std::nullopt;
            case Step::record_ends:
                end_value(0);
                record_ended_ = true;
                return RecordEnd{at_, at_ == text.size() ? 0 : format_.line_delimiter.size()};
        }
    }
}

CsvEnclosed::Step CsvEnclosed::step(std::string_view text, bool is_all) {
    switch (state_) {
        case State::value_start:
            if (at_ == text.size()) return is_all ? Step::record_ends : Step::wants_more;
            state_ = text[at_] == quote_ ? State::enclosed : State::plain;
            if (state_ == State::enclosed) ++at_;
            return Step::on;
        case State::plain:
            return step_plain(text, is_all);
        case State::enclosed:
            return step_enclosed(text, is_all);
    }
    return Step::on;
}

CsvEnclosed::Step CsvEnclosed::step_enclosed(std::string_view text, bool is_all) {
    at_ = find_either(text, at_, quote_, format_.escape.value_or(quote_));
    if (at_ == text.size()) return Step::wants_more;
    const bool is_last = at_ + 1 == text.size();
    const bool doubles = format_.escape == quote_;
    if (text[at_] == format_.escape && (!doubles || (!is_last && text[at_ + 1] == quote_))) {
        if (is_last) return Step::wants_more;
        value_.has_escape = true;
        at_ += 2;
        return Step::on;
    }
    if (doubles && is_last && !is_all) return Step::wants_more;
    value_.closing = at_++;
    state_ = State::plain;
    return Step::on;
}

// The line delimiter first: it may begin with the separator.
CsvEnclosed::Step CsvEnclosed::step_plain(std::string_view text, bool is_all) {
    const char first = format_.column_separator.front();
    const char line_first = format_.line_delimiter.front();
    for (at_ = find_either(text, at_, first, line_first); at_ < text.size();
         at_ = find_either(text, at_ + 1, first, line_first)) {
        const auto rest = text.substr(at_);
        const auto line = match(rest, format_.line_delimiter);
        if (line == Match::whole) return Step::record_ends;
        if (line == Match::begun && !is_all) return Step::wants_more;
        const auto separator = match(rest, format_.column_separator);
        if (separator == Match::begun && !is_all) return Step::wants_more;
        if (separator == Match::whole) {
            end_value(format_.column_separator.size());
            return Step::on;
        }
    }
    return is_all ? Step::record_ends : Step::wants_more;
}

void CsvEnclosed::end_value(std::size_t separator_bytes) {
    value_.end = at_;
    if (values_.size() < values_max_) {
        values_.push_back(value_);
    } else {
        ++more_values_;
    }
    at_ += separator_bytes;
    value_ = {.begin = at_, .end = at_, .closing = 0, .has_escape = false};
    if (separator_bytes > 0) state_ = State::value_start;
}

void CsvEnclosed::split(std::string_view record, CsvCells& cells) {
    unescaped_.clear();
    unescaped_.reserve(record.size());
    for (const auto& value : values_) add(record, value, cells);
    cells.count_more(more_values_);
}

void CsvEnclosed::add(std::string_view record, const Value& value, CsvCells& cells) {
    const auto text = record.substr(value.begin, value.end - value.begin);
    if (value.closing == 0) {
        cells.add(text.data(), text.data() + text.size());
        return;
    }
    const bool strips = format_.trim_double_quotes || format_.strips_enclosure;
    const bool is_trimmed = strips && text.size() >= 2 && text.back() == quote_;
    if (value.has_escape) {
        cells.add_text(unescaped(text, value.closing - value.begin, is_trimmed));
    } else {
        cells.add_text(is_trimmed ? text.substr(1, text.size() - 2) : text);
    }
}

// Of an enclosed value; `closing` is its place of the quote that ends the enclosure.
std::string_view CsvEnclosed::unescaped(std::string_view value, std::size_t closing,
                                        bool is_trimmed) {
    const auto begin = unescaped_.size();
    for (std::size_t i = is_trimmed ? 1 : 0; i < value.size() - (is_trimmed ? 1 : 0); ++i) {
        const bool is_inside = i > 0 && i < closing;
        if (is_inside && value[i] == format_.escape && i + 1 < closing &&
            (value[i + 1] == quote_ || value[i + 1] == format_.escape)) {
            ++i;
        }
        unescaped_.push_back(value[i]);
    }
    return std::string_view(unescaped_).substr(begin);
}

}  // namespace millrace::bulk
