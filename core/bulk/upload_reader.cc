#include "core/bulk/upload_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/error_names.h"
#include "core/base/shown_text.h"
#include "core/bulk/avro_reader.h"
#include "core/bulk/row_plan.h"
#include "core/bulk/source_row.h"

namespace millrace::bulk {
namespace {

constexpr std::string_view kSysOp = "sys_op";
constexpr std::size_t kShownName = 100;
constexpr std::size_t kColumnsMax = 1001;  // of a table, and sys_op
constexpr std::size_t kHeadBytesMax = 1 << 20;

Error mismatch(std::string text) {
    return Error(Code::invalid, std::move(text)).named(error_names::kUploadSchemaMismatch);
}

std::string_view trimmed(std::string_view name) {
    while (!name.empty() && (name.front() == ' ' || name.front() == '\t')) name.remove_prefix(1);
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
    return name;
}

bool has_column(const DefinedTable& table, std::string_view name) {
    return std::any_of(
        table.columns.begin(), table.columns.end(),
        [&](const DefinedColumn& column) { return is_same_name(column.name, name); });
}

}  // namespace

UploadReader::UploadReader(UploadSpec spec, MakeReader make_reader, Events events)
    : spec_(std::move(spec)),
      make_reader_(std::move(make_reader)),
      events_(std::move(events)),
      csv_head_(format_of(spec_.csv), kColumnsMax + 1,
                std::min<std::uint64_t>(spec_.record_bytes_max, kHeadBytesMax)),
      avro_head_(avro_limits(spec_.record_bytes_max)) {}

bool UploadReader::is_sign(std::string_view name) const {
    return is_same_name(name, kSysOp) && !has_column(spec_.table, name);
}

Result<BulkMapping> UploadReader::mapping_of_names(const std::vector<std::string>& names) const {
    BulkMapping mapping;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string name(trimmed(names[i]));
        if (is_sign(name) && i + 1 == names.size()) {
            if (!spec_.may_have_sign) {
                return mismatch(
                    "The data have the column sys_op, which a standalone table does not take; "
                    "leave it out.");
            }
            if (spec_.deletes) {
                return mismatch(
                    "The request has the option sysOp, and the data have the column sys_op; leave "
                    "one of them out.");
            }
            mapping.columns.push_back({.name = std::string(kDeleteSign), .expression = {}});
            mapping.exact_delete_sign = true;
            continue;
        }
        if (is_sign(name)) return mismatch("The column sys_op must be the last one.");
        if (!has_column(spec_.table, name)) {
            return mismatch(
                fmt::format("The header has the column \"{}\", which the table {} does "
                            "not have.",
                            shortened(name, kShownName), spec_.table.key.table.text()));
        }
        mapping.columns.push_back({.name = name, .expression = {}});
    }
    return mapping;
}

// Without names the columns are those of the table, in its order, and sys_op may be behind them.
Result<BulkMapping> UploadReader::mapping_of_count(std::size_t columns) const {
    std::vector<std::string> names;
    for (const auto& column : spec_.table.columns) names.push_back(column.name);
    if (columns == names.size() + 1 && !spec_.deletes && spec_.may_have_sign &&
        !has_column(spec_.table, kSysOp)) {
        names.emplace_back(kSysOp);
    }
    return mapping_of_names(names);
}

// Order and types count, names do not, but for sys_op.
Result<BulkMapping> UploadReader::mapping_of_fields(const std::vector<AvroField>& fields) const {
    const auto& columns = spec_.table.columns;
    std::vector<std::string> names;
    for (const auto& column : columns) names.push_back(column.name);
    const bool has_sign = fields.size() == columns.size() + 1 && is_sign(fields.back().name);
    if (has_sign) {
        if (fields.back().type != AvroType::int32) {
            return mismatch(
                fmt::format("The field sys_op of the Avro schema is {}, it must be int.",
                            to_string(fields.back().type)));
        }
        names.emplace_back(kSysOp);
    } else if (fields.size() != columns.size()) {
        return mismatch(fmt::format(
            "The Avro schema has {} fields, and the table {} has {} columns; the fields must be "
            "the columns in their order, and may have sys_op behind them.",
            fields.size(), spec_.table.key.table.text(), columns.size()));
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (fits(fields[i].type, columns[i].data_type)) continue;
        return mismatch(
            fmt::format("The field {} of the Avro schema, \"{}\", is {}, and the "
                        "column \"{}\" is {}.",
                        i + 1, shortened(fields[i].name, kShownName), to_string(fields[i].type),
                        columns[i].name, to_string(columns[i].data_type)));
    }
    return mapping_of_names(names);
}

Result<void> UploadReader::open(BulkFormat format, BulkMapping mapping) {
    mapping.strict = true;
    if (spec_.deletes.value_or(false)) mapping.merge = MergeType::erase;
    auto made = make_reader_({.table = spec_.table,
                              .format = std::move(format),
                              .mapping = std::move(mapping),
                              .now = spec_.now,
                              .line_bytes_max = spec_.record_bytes_max,
                              .stops_at_fault = true,
                              .rows_at_once = spec_.batch_rows,
                              .skip_rows = spec_.rows_before,
                              .sums_rows = spec_.sums_rows,
                              .skip_crc = spec_.crc_before});
    if (!made.ok() && made.error().code() == Code::invalid) {
        return mismatch(made.error().client_text());
    }
    TRY_ASSIGN(reader_, std::move(made));
    TRY(events_.has_header(reader_->header()));
    reader_->hand_over(events_.take);
    return {};
}

Result<void> UploadReader::begin(const CsvHead::Record& head) {
    auto format = format_of(spec_.csv);
    if (!spec_.csv.header) {
        TRY_ASSIGN(auto mapping, mapping_of_count(head.values.size()));
        return open(std::move(format), std::move(mapping));
    }
    format.header = head.text;
    format.header_may_repeat = spec_.csv.repeated_header;
    if (head.values.size() > kColumnsMax) return mismatch("The header has too many columns.");
    TRY_ASSIGN(auto mapping, mapping_of_names(head.values));
    return open(std::move(format), std::move(mapping));
}

Result<void> UploadReader::read(std::string_view bytes) {
    if (reader_) return reader_->feed(bytes);
    return spec_.format == UploadFormat::csv ? read_csv_head(bytes) : read_avro_head(bytes);
}

Result<void> UploadReader::read_csv_head(std::string_view bytes) {
    TRY_ASSIGN(const auto head, csv_head_.feed(bytes));
    if (!head) return {};
    TRY(begin(*head));
    return reader_->feed(csv_head_.bytes());
}

Result<void> UploadReader::read_avro_head(std::string_view bytes) {
    avro_front_ += bytes;
    avro_head_.feed(bytes);
    const auto looked = avro_head_.next();
    if (!avro_head_.fields()) {
        if (!looked.ok()) return looked.error();
        return {};
    }
    const auto& fields = *avro_head_.fields();
    TRY_ASSIGN(auto mapping, mapping_of_fields(fields));
    TRY(open(AvroFormat{.fields = fields}, std::move(mapping)));
    return reader_->feed(std::exchange(avro_front_, {}));
}

Result<void> UploadReader::explained(Result<void> result) const {
    if (result.ok()) return result;
    const auto& error = result.error();
    if (!error.name().empty()) return result;
    if (error.code() == Code::too_large) {
        return Error(Code::too_large, error.client_text())
            .named(error_names::kUploadRecordTooLarge);
    }
    if (error.code() == Code::conflict) return other_stream("other ones");
    if (error.code() != Code::invalid) return result;
    const auto* const fault = this->fault();
    if (fault == nullptr) {
        return Error(Code::invalid, error.client_text()).named(error_names::kUploadMalformed);
    }
    const bool is_count = fault->is_shape && fault->reason.starts_with("Column count");
    auto text = fmt::format("Row {}", fault->row);
    if (fault->line > 0) text += fmt::format(" (line {})", fault->line);
    if (!fault->column.empty()) text += fmt::format(", column \"{}\"", fault->column);
    text += fmt::format(": {}. It begins: {}", fault->reason, fault->text);
    return Error(Code::invalid, std::move(text))
        .named(is_count          ? error_names::kUploadColumnCount
               : fault->is_shape ? error_names::kUploadMalformed
                                 : error_names::kUploadInvalidValue);
}

Error UploadReader::other_stream(std::string_view what) const {
    return Error(Code::conflict,
                 fmt::format("Of this queryId {} records are saved already, and the body has {}. "
                             "Send the same stream again from its first record, or this one with "
                             "another queryId.",
                             spec_.rows_before, what))
        .named(error_names::kUploadOtherStream);
}

Result<void> UploadReader::feed(std::string_view bytes) {
    if (failure_) return *failure_;
    auto done = explained(read(bytes));
    if (!done.ok()) failure_ = done.error();
    return done;
}

Result<void> UploadReader::hand_over_rest() {
    const auto rest = reader_->take();
    if (rest.rows == 0) return {};
    return events_.take(rest);
}

Result<void> UploadReader::finish() {
    if (failure_) return *failure_;
    if (!reader_) {
        TRY(explained(finish_head()));
    }
    TRY(explained(reader_->finish()));
    const auto rows = reader_->counts().total;
    if (rows < spec_.rows_before) return other_stream(fmt::format("only {}", rows));
    return hand_over_rest();
}

// The body may have been nothing but the head.
Result<void> UploadReader::finish_head() {
    if (spec_.format == UploadFormat::avro) return avro_head_.finish();
    TRY_ASSIGN(const auto head, csv_head_.finish());
    if (!head) {
        return Error(Code::invalid,
                     "The body is empty: CSV begins with a line that has the names of the "
                     "columns.");
    }
    TRY(begin(*head));
    return reader_->feed(csv_head_.bytes());
}

Result<void> UploadReader::cut() {
    if (failure_) return *failure_;
    return reader_ ? hand_over_rest() : Result<void>();
}

}  // namespace millrace::bulk
