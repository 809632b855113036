#include "core/ports/raw_rows.h"

#include <algorithm>
#include <span>
#include <utility>

#include "core/model/slice_header.h"

namespace millrace {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;

}  // namespace

Result<std::optional<std::string_view>> RawRows::next_line() {
    while (true) {
        for (; seen_ < buffer_.size(); ++seen_) {
            const char c = buffer_[seen_];
            if (c == '"') in_quotes_ = !in_quotes_;  // a doubled one changes it twice
            if (c != '\n' || in_quotes_) continue;
            const auto begin = std::exchange(at_, ++seen_);
            return std::optional(std::string_view(buffer_).substr(begin, at_ - begin));
        }
        if (at_end_) break;
        buffer_.erase(0, std::exchange(at_, 0));
        seen_ = buffer_.size();
        buffer_.resize(seen_ + kPieceBytes);
        auto count = csv_->read(std::span(buffer_).subspan(seen_));
        buffer_.resize(seen_ + (count.ok() ? count.value() : 0));
        if (!count.ok()) return std::move(count).error();
        at_end_ = count.value() == 0;
    }
    if (at_ == buffer_.size()) return std::optional<std::string_view>();
    return Error(Code::corrupt, "the slice ends inside a row");
}

Result<std::optional<std::string_view>> RawRows::next() {
    TRY_ASSIGN(auto line, next_line());
    const bool is_header =
        !std::exchange(is_begun_, true) && line && line->front() == kSliceHeaderMark;
    if (is_header) {
        header_ = *line;
        TRY_ASSIGN(line, next_line());
    }
    if (line) ++rows_;
    return line;
}

Result<std::size_t> TextSource::read(std::span<char> buffer) {
    const auto count = text_.copy(buffer.data(), buffer.size(), at_);
    at_ += count;
    return count;
}

// False at the end of the slice.
Result<bool> SliceWithout::fill() {
    piece_.clear();
    at_ = 0;
    while (piece_.size() < kPieceBytes) {
        const auto number = rows_.rows();
        TRY_ASSIGN(const auto row, rows_.next());
        if (!std::exchange(has_header_, true)) piece_ = rows_.header();
        if (!row) break;
        const bool is_left_out = passed_ < left_out_.size() && left_out_[passed_] == number;
        if (is_left_out) {
            ++passed_;
        } else {
            piece_ += *row;
        }
    }
    if (!piece_.empty()) return true;
    if (passed_ == left_out_.size()) return false;
    return Error(Code::corrupt, "a row that is to be left out is not in the slice");
}

Result<std::size_t> SliceWithout::read(std::span<char> buffer) {
    if (at_ == piece_.size()) {
        TRY_ASSIGN(const bool has_more, fill());
        if (!has_more) return std::size_t{0};
    }
    const auto count = piece_.copy(buffer.data(), buffer.size(), at_);
    at_ += count;
    return count;
}

}  // namespace millrace
