#include "storage/target/postgres/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "storage/target/postgres/merge_sql.h"
#include "storage/target/postgres/names.h"
#include "storage/target/postgres/pg_column_type.h"
#include "storage/target/postgres/pg_table.h"

namespace millrace::postgres {
namespace {

constexpr std::size_t kBufferBytes = 256 << 10;

// Keys are sorted; with the 4 MB that a server has by itself a merge sorts on disk.
constexpr std::string_view kMoreWorkMemory =
    "SELECT set_config('work_mem', '32MB', true)"
    " WHERE pg_size_bytes(current_setting('work_mem')) < 33554432";

// The columns that the tombstones have, by name and type.
std::vector<std::pair<std::string, std::string>> tombstone_columns(const TableSpec& table,
                                                                   const SliceShape& shape) {
    std::vector<std::pair<std::string, std::string>> columns;
    for (const auto i : shape.columns) {
        const auto& column = table.columns[i];
        if (column.primary_key || shape.columns[*shape.sequence] == i) {
            columns.emplace_back(column.name, declared_as(column.data_type));
        }
    }
    std::ranges::sort(columns);
    return columns;
}

}  // namespace

Import::Import(Connection& connection, const ImportRequest& request)
    : connection_(connection),
      request_(request),
      has_key_(std::ranges::any_of(request.table.columns,
                                   [](const auto& column) { return column.primary_key; })),
      buffer_(kBufferBytes) {}

Result<void> Import::run() {
    if (has_key_) TRY(connection_.run(std::string(kMoreWorkMemory)));
    for (std::uint32_t slice = 0; slice < request_.slices; ++slice) {
        const auto doing = fmt::format("slice {} of {}", slice + 1, request_.slices);
        auto csv = request_.open_slice(slice);
        if (!csv.ok()) return std::move(csv).error().in(doing);
        TRY(import_slice(*csv.value()).in(doing));
    }
    TRY(end_group());
    if (rows_ == request_.rows && bytes_ == request_.bytes) return {};
    return Error(Code::corrupt, fmt::format("{} rows in {} bytes arrived, expected {} in {}", rows_,
                                            bytes_, request_.rows, request_.bytes));
}

Result<void> Import::import_slice(ByteSource& csv) {
    CopyText text(request_.table, has_key_ ? RowNumbers::first_column : RowNumbers::none,
                  group_rows_);
    filled_ = 0;
    counted_ = 0;
    for (bool has_more = true; has_more;) {
        TRY_ASSIGN(has_more, fill(csv));
        TRY_ASSIGN(const auto passed, pass_on(text));
        filled_ -= passed;
        std::memmove(buffer_.data(), buffer_.data() + passed, filled_);
        // A row that is longer; looked at again when it has doubled, so not often.
        if (has_more && passed == 0) buffer_.resize(2 * buffer_.size());
    }
    rows_ += text.rows();
    count(text);
    if (filled_ == 0) return {};
    return Error(Code::corrupt, "the slice ends inside a row");
}

Result<bool> Import::fill(ByteSource& csv) {
    while (filled_ < buffer_.size()) {
        TRY_ASSIGN(const auto count, csv.read(std::span(buffer_).subspan(filled_)));
        if (count == 0) return false;
        filled_ += count;
        bytes_ += count;
    }
    return true;
}

Result<std::size_t> Import::pass_on(CopyText& text) {
    const std::string_view bytes(buffer_.data(), filled_);
    std::size_t passed = 0;
    if (!text.shape()) {
        TRY_ASSIGN(const auto found, text.read_front(bytes));
        if (!found) return 0;
        passed = *found;
        if (group_ != text.shape()) TRY(begin_next_group(text));
    }
    while (true) {
        out_.clear();
        TRY_ASSIGN(const auto more, text.append_rows(bytes.substr(passed), out_));
        if (!out_.empty()) TRY(connection_.put(out_));
        passed += more;
        if (group_ == text.shape()) return passed;
        TRY(begin_next_group(text));
    }
}

// Counts those rows of the slice that are in the group that goes on.
void Import::count(const CopyText& text) {
    group_rows_ += text.rows() - std::exchange(counted_, text.rows());
}

Result<void> Import::begin_next_group(CopyText& text) {
    count(text);
    TRY(end_group());
    TRY(begin_group(*text.shape()));
    text.begin_at(0);
    return {};
}

Result<void> Import::begin_group(const SliceShape& shape) {
    if (has_key_) {
        const MergeSql sql(request_.table, shape, request_.only_missing);
        TRY(connection_.run(sql.create_stage()));
        TRY(connection_.begin_copy(sql.copy_to_stage()));
    } else {
        TRY(connection_.begin_copy(copy_to_table(request_.table, shape)));
    }
    group_ = shape;
    group_rows_ = 0;
    return {};
}

Result<void> Import::end_group() {
    if (!group_) return {};
    const auto shape = *std::exchange(group_, std::nullopt);
    TRY_ASSIGN(const auto taken, connection_.end_copy());
    // A table may have triggers that put a row elsewhere; the temporary one has none.
    if (!has_key_) return {};
    if (taken != group_rows_) {
        return Error(Code::corrupt,
                     fmt::format("PostgreSQL took {} rows of {}", taken, group_rows_));
    }
    const MergeSql sql(request_.table, shape, request_.only_missing);
    if (shape.sequence) TRY(ensure_tombstones(shape));
    for (const auto& statement : sql.merge()) TRY(connection_.run(statement));
    TRY(connection_.run(sql.drop_stage()));
    return {};
}

Result<void> Import::ensure_tombstones(const SliceShape& shape) {
    const auto& id = request_.table.id;
    const auto name = tombstones_of(id);
    TRY_ASSIGN(const auto found, columns_of(connection_, id.bucket(), name));
    std::vector<std::pair<std::string, std::string>> columns;
    for (const auto& column : found) columns.emplace_back(column.name, column.type);
    std::ranges::sort(columns);
    if (columns == tombstone_columns(request_.table, shape)) return {};
    if (!found.empty()) {
        TRY(connection_.run(fmt::format("DROP TABLE {}", qualified(id.bucket(), name))));
    }
    TRY(connection_.run(
        MergeSql(request_.table, shape, request_.only_missing).create_tombstones()));
    return {};
}

}  // namespace millrace::postgres
