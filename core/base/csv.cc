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

Result<bool> CsvRowReader::next() {
    if (row_done_) {
        row_.resize(columns_);
        for (auto& value : row_) value.clear();
        filled_ = 0;
        row_done_ = false;
    }
    while (!piece_.empty()) {
        switch (state_) {
            case State::value_start:
                if (piece_.front() != '"') return corrupt("a value does not begin with a quote");
                if (filled_ == columns_)
                    return corrupt(fmt::format("more than {} values", columns_));
                piece_.remove_prefix(1);
                state_ = State::in_value;
                break;
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
            case State::after_quote: {
                const char c = piece_.front();
                piece_.remove_prefix(1);
                if (c == '"') {
                    row_[filled_].push_back('"');
                    state_ = State::in_value;
                    break;
                }
                ++filled_;
                state_ = State::value_start;
                if (c == ',') break;
                if (c != '\n') return corrupt("a value is followed by neither comma nor line end");
                if (filled_ != columns_) {
                    return corrupt(fmt::format("{} values, expected {}", filled_, columns_));
                }
                row_done_ = true;
                ++rows_;
                return true;
            }
        }
    }
    return false;
}

Result<void> CsvRowReader::finish() const {
    if (!row_done_ && (filled_ > 0 || state_ != State::value_start)) {
        return corrupt("the bytes end inside a row");
    }
    return {};
}

}  // namespace millrace
