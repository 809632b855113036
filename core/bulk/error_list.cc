#include "core/bulk/error_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/bulk/place.h"
#include "core/mapping/json_text.h"

namespace millrace::bulk {
namespace {

constexpr std::size_t kFirstBytesMax = 512;

// The begin of `text`, cut between characters.
std::string_view begin_of(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    auto bytes = bytes_max;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
    return text.substr(0, bytes);
}

}  // namespace

void ErrorList::add(std::string_view reason, const SourceRow& row) {
    if (rows_ == 0) {
        auto text = fmt::format("{}, {}. Src line: ", reason, shown_place(row.line, row.offset));
        mapping::append_utf8(text, begin_of(row.text, kFirstBytesMax));
        first_ = begin_of(text, kFirstBytesMax);
    }
    ++rows_;
    if (is_full_) return;
    if (rows_ > rows_max_) {
        log_ +=
            fmt::format("TOO MUCH ERROR! already reach {}. show no more next error.\n", rows_max_);
        is_full_ = true;
        return;
    }
    auto entry =
        fmt::format("Reason: {}, {}. src line [", reason, shown_place(row.line, row.offset));
    const auto left = bytes_max_ - std::min<std::uint64_t>(bytes_max_, log_.size());
    mapping::append_utf8(entry, begin_of(row.text, left));
    entry += "]; \n";
    if (entry.size() <= left) {
        log_ += entry;
        return;
    }
    log_ += begin_of(entry, left);
    log_ += "error log is too long\n";
    is_full_ = true;
}

}  // namespace millrace::bulk
