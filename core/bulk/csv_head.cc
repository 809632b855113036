#include "core/bulk/csv_head.h"

#include <fmt/format.h>

#include "core/base/error_names.h"
#include "core/bulk/csv_cells.h"
#include "core/bulk/csv_plain.h"
#include "core/mapping/utf8.h"

namespace millrace::bulk {
namespace {

constexpr std::string_view kMark = "\xef\xbb\xbf";
constexpr std::size_t kPadding = 64;  // that split_plain() may read behind a record

Error malformed(std::string text) {
    return Error(Code::invalid, std::move(text)).named(error_names::kUploadMalformed);
}

}  // namespace

CsvHead::CsvHead(const CsvFormat& format, std::size_t values_max, std::size_t bytes_max)
    : format_(format),
      values_max_(values_max),
      bytes_max_(bytes_max),
      lines_(format.line_delimiter) {
    if (format.enclose) enclosed_.emplace(format, values_max);
}

Result<std::optional<CsvHead::Record>> CsvHead::feed(std::string_view bytes) {
    bytes_ += bytes;
    if (!has_looked_for_mark_ && bytes_.size() < kMark.size()) return std::optional<Record>();
    return look(false);
}

Result<std::optional<CsvHead::Record>> CsvHead::finish() {
    return look(true);
}

Result<std::optional<CsvHead::Record>> CsvHead::look(bool is_all) {
    if (!has_looked_for_mark_ && bytes_.starts_with(kMark)) begin_ = kMark.size();
    has_looked_for_mark_ = true;
    while (true) {
        const auto rest = std::string_view(bytes_).substr(begin_);
        if (rest.empty()) return std::optional<Record>();
        const auto end = enclosed_ ? enclosed_->find_end(rest, is_all) : lines_.find(rest, is_all);
        if ((end ? end->bytes : rest.size()) > bytes_max_) {
            return Error(Code::too_large, fmt::format("The first line of the CSV is longer than {} "
                                                      "bytes.",
                                                      bytes_max_))
                .named(error_names::kUploadRecordTooLarge);
        }
        if (!end && is_all)
            return malformed("A quote in the first line of the CSV is never closed.");
        if (!end) return std::optional<Record>();
        auto record = rest.substr(0, end->bytes);
        if (format_.line_delimiter == "\n" && record.ends_with('\r')) record.remove_suffix(1);
        begin_ += end->bytes + end->delimiter_bytes;
        if (record.empty()) continue;
        if (!mapping::is_valid_utf8(record)) return malformed("The CSV is not UTF-8.");
        return std::optional<Record>(split(record));
    }
}

CsvHead::Record CsvHead::split(std::string_view record) {
    CsvCells cells(format_, values_max_);
    std::string text(record);
    const auto bytes = text.size();
    if (enclosed_) {
        enclosed_->split(text, cells);
    } else {
        text.append(kPadding, '\0');
        split_plain(std::string_view(text).substr(0, bytes), format_.column_separator, cells);
    }
    Record found;
    for (const auto& cell : cells.kept()) found.values.emplace_back(cell.text);
    text.resize(bytes);
    found.text = std::move(text);
    return found;
}

}  // namespace millrace::bulk
