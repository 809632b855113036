#include "storage/staging/s3/object_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace millrace::s3 {
namespace {

struct Range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t size = 0;  // of the whole
};

bool take_number(std::string_view& text, std::uint64_t& number) {
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
    return true;
}

bool take_text(std::string_view& text, std::string_view wanted) {
    if (!text.starts_with(wanted)) return false;
    text.remove_prefix(wanted.size());
    return true;
}

// "bytes 0-9/443", RFC 9110 14.4.
std::optional<Range> parse_content_range(std::string_view text) {
    Range range;
    const bool is_good = take_text(text, "bytes ") && take_number(text, range.first) &&
                         take_text(text, "-") && take_number(text, range.last) &&
                         take_text(text, "/") && take_number(text, range.size) && text.empty();
    if (!is_good || range.last < range.first || range.last >= range.size) return std::nullopt;
    return range;
}

}  // namespace

bool ObjectSource::is_whole() const {
    return size_ && piece_.size() == std::min(piece_bytes_, *size_ - piece_begin_);
}

Operation ObjectSource::request_from(std::uint64_t first) const {
    Operation operation{.method = "GET",
                        .object = object_,
                        .query = {},
                        .headers = {},
                        .body = {},
                        .wanted_root = {},
                        .is_data = true,
                        .answer_bytes_max = piece_bytes_};
    operation.headers["range"] = fmt::format("bytes={}-{}", first, piece_begin_ + piece_bytes_ - 1);
    // Pieces of two objects that had the name one after the other make no object.
    if (!etag_.empty()) operation.headers["if-match"] = etag_;
    return operation;
}

void ObjectSource::take(web::HttpAnswer& answer, std::uint64_t first) {
    // The range of an object without bytes is none.
    if (answer.status == 416 && answer.is_whole() && first == 0) size_ = 0;
    if (answer.status == 200 && answer.is_whole() && first == 0) {  // all of it, whatever was asked
        piece_ = std::move(answer.body);
        size_ = piece_.size();
    }
    if (answer.status != 206) return;
    const auto range = parse_content_range(answer.header("content-range"));
    if (!range || range->first != first || (size_ && range->size != *size_)) return;
    if (answer.body.size() > range->last - range->first + 1) return;
    if (first == 0) etag_ = answer.header("etag");
    size_ = range->size;
    piece_ += answer.body;
}

Result<void> ObjectSource::fetch() {
    piece_begin_ += piece_.size();
    piece_.clear();
    position_ = 0;
    auto attempts = client_.begin();
    while (!is_whole()) {
        const auto before = piece_.size();
        auto made = client_.attempt(request_from(piece_begin_ + before), client_.left(attempts));
        take(made.answer, piece_begin_ + before);
        if (is_whole()) break;
        if (piece_.size() > before) attempts = client_.begin();  // it goes on
        const bool may_repeat = !made.failure || made.failure->may_repeat;
        if (may_repeat && client_.pause(attempts)) continue;
        if (made.failure) return std::move(made.failure->error);
        return Error(Code::unavailable,
                     fmt::format("GET {}: the server answered {} with another range ({}) than "
                                 "that from byte {} on",
                                 object_, made.answer.status, made.answer.header("content-range"),
                                 piece_begin_ + before));
    }
    return {};
}

Result<std::size_t> ObjectSource::read(std::span<char> buffer) {
    if (position_ == piece_.size()) {
        if (piece_begin_ + piece_.size() == *size_) return 0;
        TRY(fetch());
    }
    const auto count = piece_.copy(buffer.data(), buffer.size(), position_);
    position_ += count;
    return count;
}

}  // namespace millrace::s3
