#include "core/bulk/bulk_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/base/crc32c.h"
#include "core/bulk/error_list.h"
#include "core/bulk/row_maker.h"
#include "core/bulk/row_output.h"
#include "core/bulk/row_plan.h"
#include "core/bulk/source_row.h"
#include "core/mapping/json_text.h"

namespace millrace::bulk {
namespace {

constexpr std::size_t kRowsBytesMax = 1 << 20;
constexpr std::size_t kFaultBytes = 200;
constexpr std::size_t kPieceBytesMax = 256 << 10;  // copied at once: stays in the cache

class SourceBulkReader final : public BulkReader {
public:
    SourceBulkReader(const BulkSpec& spec, std::unique_ptr<SourceReader> source, RowMaker maker)
        : max_filter_ratio_(spec.mapping.max_filter_ratio),
          stops_at_fault_(spec.stops_at_fault),
          rows_at_once_(spec.rows_at_once),
          skip_rows_(spec.skip_rows),
          sums_rows_(spec.sums_rows),
          skip_crc_(spec.skip_crc),
          is_avro_(std::holds_alternative<AvroFormat>(spec.format)),
          source_(std::move(source)),
          maker_(std::move(maker)),
          errors_(spec.errors_max, spec.errors_bytes_max) {}

    const SliceHeader& header() const override { return maker_.plan().header; }

    Result<void> feed(std::string_view bytes) override {
        if (failure_) return *failure_;
        forget_taken();
        while (!bytes.empty()) {
            const auto piece = bytes.substr(0, kPieceBytesMax);
            bytes.remove_prefix(piece.size());
            source_->feed(piece);
            TRY(remembered(read_rows()));
        }
        return {};
    }

    Result<void> finish() override {
        if (failure_) return *failure_;
        forget_taken();
        source_->end();
        TRY(remembered(read_rows()));
        const auto selected = counts_.total - counts_.unselected;
        if (selected > 0 && static_cast<double>(counts_.filtered) / static_cast<double>(selected) >
                                max_filter_ratio_) {
            return remembered(
                Error(Code::invalid, "too many filtered rows").named("DATA_QUALITY_ERROR"));
        }
        return {};
    }

    Rows take() override {
        forget_taken();
        is_taken_ = true;
        return made();
    }

    void hand_over(Taker taker) override { taker_ = std::move(taker); }

    const BulkCounts& counts() const override { return counts_; }
    const RowFault* fault() const override { return fault_ ? &*fault_ : nullptr; }
    const std::string& error_log() const override { return errors_.log(); }
    const std::string& first_error() const override { return errors_.first(); }

private:
    void forget_taken() {
        if (is_taken_) rows_.clear();
        is_taken_ = false;
    }

    Result<void> remembered(Result<void> result) {
        if (!result.ok()) failure_ = result.error();
        return result;
    }

    Result<void> read_rows() {
        while (true) {
            auto next = source_->next();
            counts_.headers = source_->repeated_headers();
            TRY_ASSIGN(const bool has_row, std::move(next));
            if (!has_row) return {};
            add(source_->row());
            if (fault_) return Error(Code::invalid, fault_->reason);
            if (counts_.total == skip_rows_ && skip_crc_.value_or(crc_) != crc_) {
                return Error(Code::conflict,
                             fmt::format("The first {} rows are not those that were read before.",
                                         skip_rows_));
            }
            const bool are_many =
                rows_.row_count() >= rows_at_once_ || rows_.rows().size() >= kRowsBytesMax;
            if (!taker_ || !are_many) continue;
            TRY(taker_(made()));
            rows_.clear();
        }
    }

    Rows made() const {
        return {.csv = rows_.rows(), .rows = rows_.row_count(), .crc = crc_, .end = end_};
    }

    void add(const SourceRow& row) {
        ++counts_.total;
        end_ = row.offset + (is_avro_ ? 0 : row.text.size());
        if (sums_rows_) crc_ = crc32c(crc32c(crc_, row.text), "\n");
        if (!row.problem.empty()) {
            filter(row.problem, row);
            return;
        }
        if (counts_.total <= skip_rows_) return;
        switch (maker_.add(row, rows_)) {
            case RowFate::loaded:
                ++counts_.loaded;
                counts_.nulled += maker_.nulled();
                break;
            case RowFate::unselected:
                ++counts_.unselected;
                break;
            case RowFate::filtered:
                filter(maker_.problem(), row);
                break;
        }
    }

    void filter(std::string_view reason, const SourceRow& row) {
        ++counts_.filtered;
        errors_.add(reason, row);
        if (stops_at_fault_) keep_fault(reason, row);
    }

    void keep_fault(std::string_view reason, const SourceRow& row) {
        fault_.emplace(RowFault{.row = counts_.total,
                                .line = row.line,
                                .column = std::string(maker_.problem_column()),
                                .text = {},
                                .reason = std::string(reason),
                                .is_shape = !row.problem.empty() && !row.problem_is_value});
        mapping::append_utf8(fault_->text, row.text.substr(0, kFaultBytes));
        if (row.problem.empty()) return;
        fault_->column.clear();
        if (!row.problem_column) return;
        const auto& fields = maker_.plan().fields;
        if (*row.problem_column < fields.size()) fault_->column = fields[*row.problem_column].name;
    }

    const double max_filter_ratio_;
    const bool stops_at_fault_;
    const std::uint64_t rows_at_once_;
    const std::uint64_t skip_rows_;
    const bool sums_rows_;
    const std::optional<std::uint32_t> skip_crc_;
    const bool is_avro_;
    std::uint32_t crc_ = 0;  // of all rows, with sums_rows_
    std::uint64_t end_ = 0;  // of the last row: Rows::end
    std::optional<RowFault> fault_;
    std::unique_ptr<SourceReader> source_;
    RowMaker maker_;
    RowOutput rows_;
    bool is_taken_ = false;  // rows_
    Taker taker_;
    BulkCounts counts_;
    ErrorList errors_;
    std::optional<Error> failure_;
};

}  // namespace

Result<std::unique_ptr<BulkReader>> BulkReader::make(BulkSpec spec, ExpressionCompiler& compiler) {
    TRY_ASSIGN(auto plan, plan_rows(spec.table, spec.mapping));
    plan.key_bytes_max = spec.values.key_bytes_max;
    TRY_ASSIGN(auto source,
               make_source_reader(spec.format, plan.fields,
                                  SourceLimits{.line_bytes_max = spec.line_bytes_max}));
    plan.sign_may_be_absent = std::holds_alternative<JsonFormat>(spec.format);
    TRY_ASSIGN(auto maker, RowMaker::make(std::move(plan), spec.mapping, spec.now, compiler));
    return std::unique_ptr<BulkReader>(
        std::make_unique<SourceBulkReader>(spec, std::move(source), std::move(maker)));
}

}  // namespace millrace::bulk
