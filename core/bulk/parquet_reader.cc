#include "core/bulk/parquet_reader.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/bulk/place.h"
#include "core/mapping/utf8.h"

namespace millrace::bulk {
namespace {

constexpr std::uint64_t kRowsAtOnce = 1024;  // between two questions whether to go on

class ParquetReader final : public SourceReader {
public:
    ParquetReader(const ParquetFormat& format, const std::vector<SourceField>& fields,
                  const SourceLimits& limits)
        : format_(format), limits_(limits) {
        for (const auto& field : fields) {
            fields_.push_back({.name = field.name, .keeps_json = field.keeps_json});
        }
    }

    // What fails here is told by next().
    void feed(std::string_view piece) override {
        if (failure_) return;
        if (const auto kept = keep(piece); !kept.ok()) failure_ = kept.error();
    }

    void end() override { ended_ = true; }

    Result<bool> next() override {
        if (failure_) return *failure_;
        if (!ended_ || body_ == nullptr) return false;
        auto has_row = read_next();
        if (has_row.ok() && has_row.value()) return true;
        // Its file is not needed while the load is committed.
        rows_.reset();
        body_.reset();
        if (!has_row.ok()) failure_ = has_row.error();
        return has_row;
    }

private:
    Result<void> keep(std::string_view piece) {
        if (piece.empty()) return {};
        if (body_ == nullptr) {
            TRY_ASSIGN(body_, format_.begin());
        }
        return body_->append(piece);
    }

    Result<bool> read_next() {
        if (row_.line % kRowsAtOnce == 0) TRY(format_.may_go_on());
        if (rows_ == nullptr) {
            TRY_ASSIGN(rows_, body_->read(fields_));
        }
        TRY_ASSIGN(const bool has_row, rows_->next());
        if (!has_row) return false;
        ++row_.line;
        row_.cells = rows_->cells();
        TRY(show(row_.cells));
        check_binary();
        return true;
    }

    Result<void> show(std::span<const Cell> cells) {
        std::uint64_t bytes = cells.size();
        for (const auto& cell : cells) bytes += cell.text.size();
        if (bytes > limits_.line_bytes_max) {
            return too_long(limits_.line_bytes_max, shown_place(row_.line, 0));
        }
        text_.clear();
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i > 0) text_ += '\t';
            text_ += cells[i].is_null ? std::string_view("\\N") : cells[i].text;
        }
        row_.text = text_;
        return {};
    }

    // Texts of the file are UTF-8, or it is damaged.
    void check_binary() {
        row_.problem.clear();
        row_.problem_column.reset();
        row_.problem_is_value = false;
        for (const auto field : rows_->binary_fields()) {
            if (mapping::is_valid_utf8(row_.cells[field].text)) continue;
            row_.problem = fmt::format("column_name[{}], the value is bytes that are not UTF-8",
                                       fields_[field].name);
            row_.problem_column = field;
            row_.problem_is_value = true;
            row_.cells = {};
            return;
        }
    }

    const ParquetFormat format_;
    const SourceLimits limits_;
    std::vector<ParquetField> fields_;
    std::unique_ptr<ParquetBody> body_;
    std::unique_ptr<ParquetRows> rows_;  // of the body
    std::string text_;
    bool ended_ = false;
    std::optional<Error> failure_;
};

}  // namespace

std::unique_ptr<SourceReader> make_parquet_reader(const ParquetFormat& format,
                                                  const std::vector<SourceField>& fields,
                                                  const SourceLimits& limits) {
    return std::make_unique<ParquetReader>(format, fields, limits);
}

}  // namespace millrace::bulk
