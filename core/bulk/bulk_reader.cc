#include "core/bulk/bulk_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/bulk/error_list.h"
#include "core/bulk/row_maker.h"
#include "core/bulk/row_output.h"
#include "core/bulk/row_plan.h"
#include "core/bulk/source_row.h"

namespace millrace::bulk {
namespace {

constexpr std::size_t kRowsBytesMax = 1 << 20;
constexpr std::size_t kPieceBytesMax = 256 << 10;  // copied at once: stays in the cache

class SourceBulkReader final : public BulkReader {
public:
    SourceBulkReader(const BulkSpec& spec, std::unique_ptr<SourceReader> source, RowMaker maker)
        : max_filter_ratio_(spec.mapping.max_filter_ratio),
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
        return {.csv = rows_.rows(), .rows = rows_.row_count()};
    }

    void hand_over(Taker taker) override { taker_ = std::move(taker); }

    const BulkCounts& counts() const override { return counts_; }
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
            TRY_ASSIGN(const bool has_row, source_->next());
            if (!has_row) return {};
            add(source_->row());
            if (!taker_ || rows_.rows().size() < kRowsBytesMax) continue;
            TRY(taker_({.csv = rows_.rows(), .rows = rows_.row_count()}));
            rows_.clear();
        }
    }

    void add(const SourceRow& row) {
        ++counts_.total;
        if (!row.problem.empty()) {
            filter(row.problem, row);
            return;
        }
        switch (maker_.add(row.cells, rows_)) {
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
    }

    const double max_filter_ratio_;
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
    TRY_ASSIGN(auto source,
               make_source_reader(spec.format, plan.fields,
                                  SourceLimits{.line_bytes_max = spec.line_bytes_max}));
    TRY_ASSIGN(auto maker, RowMaker::make(std::move(plan), spec.mapping, spec.now, compiler));
    return std::unique_ptr<BulkReader>(
        std::make_unique<SourceBulkReader>(spec, std::move(source), std::move(maker)));
}

}  // namespace millrace::bulk
