#include "core/bulk/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/bulk/byte_window.h"
#include "core/bulk/csv_cells.h"
#include "core/bulk/csv_enclosed.h"
#include "core/bulk/csv_plain.h"
#include "core/bulk/line_end.h"
#include "core/bulk/place.h"
#include "core/mapping/utf8.h"

namespace millrace::bulk {
namespace {

constexpr std::string_view kBadEncoding =
    "Invalid file encoding: all CSV files must be UTF-8 encoded";

// Separators as people write them: "\t", "\x01".
std::string shown(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\t') {
            out += "\\t";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (byte < 0x20 || byte > 0x7e) {
            out += fmt::format("\\x{:02x}", byte);
        } else {
            out += c;
        }
    }
    return out;
}

class CsvReader final : public SourceReader {
public:
    CsvReader(const CsvFormat& format, std::size_t columns, const SourceLimits& limits)
        : format_(format),
          columns_(columns),
          limits_(limits),
          drops_cr_(format.line_delimiter == "\n"),
          separator_is_utf8_(mapping::is_valid_utf8(format.column_separator)),
          lines_(format.line_delimiter),
          cells_(format, columns),
          skipped_left_(format.skip_lines) {
        if (format.enclose) enclosed_.emplace(format, columns);
    }

    void feed(std::string_view piece) override { window_.feed(piece); }
    void end() override { window_.end(); }

    std::uint64_t repeated_headers() const override { return headers_ > 1 ? headers_ - 1 : 0; }

    Result<bool> next() override {
        if (!window_.skip_mark()) return false;
        while (true) {
            const auto rest = window_.rest();
            if (rest.empty()) return false;
            const auto end = enclosed_ ? enclosed_->find_end(rest, window_.ended())
                                       : lines_.find(rest, window_.ended());
            if (!end || end->bytes > limits_.line_bytes_max) {
                TRY(check_end(end, rest));
                return false;
            }
            auto record = rest.substr(0, end->bytes);
            row_.line = line_;
            row_.offset = window_.offset();
            window_.consume(end->bytes + end->delimiter_bytes);
            line_ += 1;
            if (enclosed_ && drops_cr_) line_ += newlines_in(record);
            if (skipped_left_ > 0) {
                --skipped_left_;
                continue;
            }
            if (drops_cr_ && record.ends_with('\r')) record.remove_suffix(1);
            if (record.empty() || is_header(record)) continue;
            read(record);
            return true;
        }
    }

private:
    // Whether the record is the header, which portions of a body may each have, with their mark.
    bool is_header(std::string_view record) {
        if (format_.header.empty() || (headers_ > 0 && !format_.header_may_repeat)) return false;
        constexpr std::string_view kMark = "\xef\xbb\xbf";
        if (record.size() == format_.header.size() + kMark.size() && record.starts_with(kMark)) {
            record.remove_prefix(kMark.size());
        }
        if (record != format_.header) return false;
        ++headers_;
        return true;
    }

    // Of the record at the front, whose end was not found or is far away: whether it may come yet.
    Result<void> check_end(const std::optional<RecordEnd>& end, std::string_view rest) const {
        if ((end ? end->bytes : at_least(rest)) > limits_.line_bytes_max) {
            return too_long(limits_.line_bytes_max, place());
        }
        if (!end && window_.ended()) {
            return Error(Code::invalid,
                         fmt::format("the row at {} has a value whose enclosing {} is never closed",
                                     place(), shown({&*format_.enclose, 1})));
        }
        return {};
    }

    // Bytes of the record at the front, whose end has not come: the last may be of a delimiter.
    std::size_t at_least(std::string_view rest) const {
        return rest.size() - std::min(rest.size(), format_.line_delimiter.size() - 1);
    }

    std::string place() const { return shown_place(line_, window_.offset()); }

    static std::uint64_t newlines_in(std::string_view text) {
        return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    }

    void read(std::string_view record) {
        row_.text = record;
        row_.problem.clear();
        row_.problem_column.reset();
        row_.cells = {};
        row_.has_no_nul = window_.has_no_nul(record);
        if (separator_is_utf8_ && !window_.is_utf8(record)) {
            row_.problem = kBadEncoding;
            return;
        }
        cells_.clear();
        if (enclosed_) {
            enclosed_->split(record, cells_);
        } else {
            split_plain(record, format_.column_separator, cells_);
        }
        if (format_.may_have_more ? cells_.count() < columns_ : cells_.count() != columns_) {
            row_.problem = mismatch(record);
            row_.problem_column = std::min(cells_.count(), columns_);
            return;
        }
        row_.cells = cells_.kept();
        if (!separator_is_utf8_) check_encoding();
    }

    void check_encoding() {
        for (const auto& cell : row_.cells) {
            if (!mapping::is_valid_utf8(cell.text)) row_.problem = kBadEncoding;
        }
    }

    std::string mismatch(std::string_view record) const {
        auto text =
            fmt::format("Column count mismatch: expected {}{}, but found {} (sep:{} delim:{}",
                        columns_, format_.may_have_more ? " or more" : "", cells_.count(),
                        shown(format_.column_separator), shown(format_.line_delimiter));
        if (format_.enclose) text += fmt::format(" encl:{}", shown({&*format_.enclose, 1}));
        if (format_.escape) text += fmt::format(" esc:{}", shown({&*format_.escape, 1}));
        text += ')';
        if (cells_.count() == columns_ + 1 && record.ends_with(format_.column_separator)) {
            text += ", the row ends with one separator more than it has values";
        }
        return text;
    }

    const CsvFormat format_;
    const std::size_t columns_;
    const SourceLimits limits_;
    const bool drops_cr_;
    const bool separator_is_utf8_;
    ByteWindow window_;
    LineEnd lines_;
    std::optional<CsvEnclosed> enclosed_;
    CsvCells cells_;
    std::uint64_t skipped_left_;
    std::uint64_t headers_ = 0;
    std::uint64_t line_ = 1;  // of the front of the window
};

}  // namespace

std::unique_ptr<SourceReader> make_csv_reader(const CsvFormat& format, std::size_t columns,
                                              const SourceLimits& limits) {
    return std::make_unique<CsvReader>(format, columns, limits);
}

}  // namespace millrace::bulk
