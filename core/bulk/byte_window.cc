#include "core/bulk/byte_window.h"

#include <algorithm>
#include <cstring>

#include "core/mapping/utf8.h"

namespace millrace::bulk {
namespace {

// How many bytes at the end of `text` may be the begin of a sequence of UTF-8.
std::size_t open_sequence(std::string_view text) {
    const auto most = std::min<std::size_t>(text.size(), 3);
    for (std::size_t back = 1; back <= most; ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if (byte < 0x80) return 0;
        if (byte < 0xc0) continue;
        const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
        return length > back ? back : 0;
    }
    return 0;
}

}  // namespace

void ByteWindow::feed(std::string_view piece) {
    make_room(piece.size());
    if (!piece.empty()) std::memcpy(bytes_.get() + end_, piece.data(), piece.size());
    end_ += piece.size();
    std::memset(bytes_.get() + end_, 0, kPadding);
    check_utf8();
    look_for_nul({bytes_.get() + end_ - piece.size(), piece.size()});
}

void ByteWindow::look_for_nul(std::string_view fresh) {
    const auto* const last = static_cast<const char*>(::memrchr(fresh.data(), '\0', fresh.size()));
    if (last != nullptr) behind_nul_ = place_of({last, 1}) + 1;
}

void ByteWindow::make_room(std::size_t bytes) {
    const auto kept = end_ - begin_;
    if (end_ + bytes <= capacity_) return;
    if (kept + bytes <= capacity_ && kept <= begin_) {
        std::memmove(bytes_.get(), bytes_.get() + begin_, kept);
    } else {
        capacity_ = std::max(kept + bytes, 2 * capacity_);
        auto grown = std::make_unique_for_overwrite<char[]>(capacity_ + kPadding);
        std::memcpy(grown.get(), bytes_.get() + begin_, kept);
        bytes_ = std::move(grown);
    }
    dropped_ += begin_;
    begin_ = 0;
    end_ = kept;
}

void ByteWindow::check_utf8() {
    checked_ = std::max(checked_, dropped_);
    const std::string_view fresh(bytes_.get() + (checked_ - dropped_), dropped_ + end_ - checked_);
    const auto block = fresh.substr(0, fresh.size() - open_sequence(fresh));
    if (mapping::is_valid_utf8(block)) {
        if (good_end_ != checked_) good_begin_ = checked_;
        good_end_ = checked_ + block.size();
    }
    checked_ += block.size();
}

bool ByteWindow::skip_mark() {
    if (has_no_mark_) return true;
    constexpr std::string_view kMark = "\xef\xbb\xbf";
    if (rest().size() < kMark.size() && !ended_) return false;
    if (rest().starts_with(kMark)) consume(kMark.size());
    has_no_mark_ = true;
    return true;
}

bool ByteWindow::is_utf8(std::string_view text) const {
    const auto begin = place_of(text);
    if (begin >= good_begin_ && begin + text.size() <= good_end_) return true;
    return mapping::is_valid_utf8(text);
}

}  // namespace millrace::bulk
