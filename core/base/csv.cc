#include "core/base/csv.h"

#include <cstring>

namespace millrace {

void append_csv_value(std::string& out, std::string_view value) {
    out.push_back('"');
    while (true) {
        const auto quote = value.find('"');
        if (quote == std::string_view::npos) break;
        out.append(value.substr(0, quote + 1));
        out.push_back('"');
        value.remove_prefix(quote + 1);
    }
    out.append(value);
    out.push_back('"');
}

void CsvRowReader::feed(std::string_view piece) {
    check(piece_.empty(), "feed() with {} bytes of the last piece unread", piece_.size());
    piece_ = piece;
}

Error CsvRowReader::corrupt(std::string_view what) const {
    return Error(Code::corrupt, fmt::format("row {}: {}", rows_ + 1, what));
}

void CsvRowReader::begin_row() {
    row_.resize(columns_);
    for (auto& value : row_) value.clear();
    const bool may_have_bare = bare_values_ == BareValues::allowed || is_marked_;
    if (may_have_bare || bare_.empty()) bare_.assign(columns_, false);
    is_marked_ = false;
    filled_ = 0;
    row_done_ = false;
}

Result<void> CsvRowReader::begin_value() {
    const bool is_quoted = piece_.front() == '"';
    const bool may_be_bare = bare_values_ == BareValues::allowed || is_marked_;
    if (!is_quoted && !may_be_bare) {
        if (take_mark()) return {};
        return corrupt("a value does not begin with a quote");
    }
    if (filled_ == columns_) return corrupt(fmt::format("more than {} values", columns_));
    if (is_quoted) piece_.remove_prefix(1);
    if (!is_quoted) bare_[filled_] = true;
    state_ = is_quoted ? State::in_value : State::in_bare_value;
    return {};
}

// The state stays: the first value follows.
bool CsvRowReader::take_mark() {
    const bool is_mark =
        bare_values_ == BareValues::in_marked_rows && filled_ == 0 && piece_.front() == kRowMark;
    if (!is_mark) return false;
    is_marked_ = true;
    piece_.remove_prefix(1);
    return true;
}

Result<bool> CsvRowReader::end_value(char c) {
    ++filled_;
    state_ = State::value_start;
    if (c == ',') return false;
    if (c != '\n') return corrupt("a value is followed by neither comma nor line end");
    if (filled_ != columns_) {
        return corrupt(fmt::format("{} values, expected {}", filled_, columns_));
    }
    row_done_ = true;
    ++rows_;
    return true;
}

Result<bool> CsvRowReader::next() {
    if (row_done_) begin_row();
    while (!piece_.empty()) {
        switch (state_) {
            case State::value_start: {
                // Most values are here whole, with what follows them, and have no quote.
                const bool may_be_whole = piece_.front() == '"' && filled_ < columns_;
                const auto end = may_be_whole ? piece_.find('"', 1) : std::string_view::npos;
                if (end >= piece_.size() - 1 || piece_[end + 1] == '"') {
                    TRY(begin_value());
                    break;
                }
                row_[filled_].assign(piece_.substr(1, end - 1));
                const char c = piece_[end + 1];
                piece_.remove_prefix(end + 2);
                TRY_ASSIGN(const bool ended, end_value(c));
                if (ended) return true;
                break;
            }
            case State::in_value: {
                const auto quote = std::min(piece_.find('"'), piece_.size());
                row_[filled_].append(piece_.substr(0, quote));
                piece_.remove_prefix(quote);
                if (!piece_.empty()) {
                    piece_.remove_prefix(1);
                    state_ = State::after_quote;
                }
                break;
            }
            case State::in_bare_value: {
                const auto end = std::min(piece_.find_first_of("\",\n"), piece_.size());
                row_[filled_].append(piece_.substr(0, end));
                piece_.remove_prefix(end);
                if (piece_.empty()) break;
                const char c = piece_.front();
                piece_.remove_prefix(1);
                TRY_ASSIGN(const bool ended, end_value(c));
                if (ended) return true;
                break;
            }
            case State::after_quote: {
                const char c = piece_.front();
                piece_.remove_prefix(1);
                if (c == '"') {
                    row_[filled_].push_back('"');
                    state_ = State::in_value;
                    break;
                }
                TRY_ASSIGN(const bool ended, end_value(c));
                if (ended) return true;
                break;
            }
        }
    }
    return false;
}

Result<void> CsvRowReader::finish() const {
    if (!row_done_ && (filled_ > 0 || state_ != State::value_start || is_marked_)) {
        return corrupt("the bytes end inside a row");
    }
    return {};
}

}  // namespace millrace
