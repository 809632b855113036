#include "core/ports/slice_rows.h"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

// Names of columns are short; a longer line is no header.
constexpr std::size_t kHeaderBytesMax = 1 << 20;

bool can_order(DataType type) {
    return type == DataType::integer || type == DataType::date || type == DataType::timestamp;
}

Error corrupt_header(std::string_view what) {
    return Error(Code::corrupt, fmt::format("the header of the slice {}", what));
}

Result<std::size_t> place_of(const TableSpec& table, const std::string& name) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                    [&](const TableColumn& column) { return column.name == name; });
    if (found == table.columns.end()) {
        return corrupt_header(
            fmt::format("has the column \"{}\", which the table does not have", name));
    }
    return static_cast<std::size_t>(found - table.columns.begin());
}

bool has_key(const TableSpec& table) {
    return std::any_of(table.columns.begin(), table.columns.end(),
                       [](const TableColumn& column) { return column.primary_key; });
}

}  // namespace

Result<SliceShape> shape_of(const TableSpec& table, const SliceHeader& header) {
    SliceShape shape{
        .columns = {}, .has_operation = header.has_operation, .sequence = header.sequence};
    for (const auto& name : header.columns) {
        TRY_ASSIGN(const auto place, place_of(table, name));
        shape.columns.push_back(place);
    }
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const auto& column = table.columns[i];
        const auto& set = shape.columns;
        if (!column.primary_key || std::find(set.begin(), set.end(), i) != set.end()) continue;
        return corrupt_header(fmt::format("lacks \"{}\" of the primary key", column.name));
    }
    if ((shape.has_operation || shape.sequence) && !has_key(table)) {
        return corrupt_header("has an operation or a sequence, and the table no primary key");
    }
    if (shape.sequence) {
        const auto& column = table.columns[shape.columns[*shape.sequence]];
        if (column.primary_key || !can_order(column.data_type)) {
            return corrupt_header(
                fmt::format("has \"{}\" as the sequence, which cannot be one", column.name));
        }
    }
    return shape;
}

SliceShape shape_of(const TableSpec& table) {
    SliceShape shape;
    for (std::size_t i = 0; i < table.columns.size(); ++i) shape.columns.push_back(i);
    return shape;
}

void SliceRowReader::feed(std::string_view piece) {
    check(piece_.empty(), "feed() with {} bytes of the last piece unread", piece_.size());
    if (rows_) {
        rows_->feed(piece);
    } else {
        piece_ = piece;
    }
}

Result<bool> SliceRowReader::next() {
    if (!rows_) {
        TRY_ASSIGN(const bool is_known, read_header());
        if (!is_known) return false;
    }
    TRY_ASSIGN(const bool has_row, rows_->next());
    if (has_row) TRY(check_row());
    return has_row;
}

// Whether it is known what the slice is.
Result<bool> SliceRowReader::read_header() {
    if (piece_.empty()) return false;
    const auto piece = std::exchange(piece_, {});
    if (front_.empty() && piece.front() != kSliceHeaderMark) {
        shape_ = shape_of(table_);
        rows_.emplace(table_.columns.size(), BareValues::in_marked_rows);
        rows_->feed(piece);
        return true;
    }
    const auto before = front_.size();
    front_ += piece;
    TRY_ASSIGN(const auto parsed, parse_slice_header(front_));
    if (!parsed) {
        if (front_.size() > kHeaderBytesMax) return corrupt_header("does not end");
        return false;
    }
    TRY_ASSIGN(shape_, shape_of(table_, parsed->header));
    has_header_ = true;
    rows_.emplace(shape_->columns.size() + (shape_->has_operation ? 1 : 0), BareValues::allowed);
    rows_->feed(piece.substr(parsed->bytes - before));
    front_.clear();
    return true;
}

Error SliceRowReader::corrupt_row(std::string_view what) const {
    return Error(Code::corrupt, fmt::format("row {}: {}", rows_->rows(), what));
}

// Of format 1: it deletes, and has the values of the key only.
Result<void> SliceRowReader::check_marked_row() {
    if (!has_key(table_)) return corrupt_row("it deletes, and the table has no primary key");
    for (std::size_t i = 0; i < table_.columns.size(); ++i) {
        const auto& column = table_.columns[i];
        const auto& text = rows_->row()[i];
        const bool is_missing = rows_->is_bare(i);
        if (column.primary_key && (is_missing || is_null(column.data_type, text))) {
            return corrupt_row(fmt::format("column \"{}\" of the key is NULL", column.name));
        }
        if (is_missing ? !text.empty() : !column.primary_key) {
            return corrupt_row(fmt::format("it deletes, and has a value of \"{}\"", column.name));
        }
    }
    return {};
}

// Of format 1 only rows that delete: what values of the others may be is up to the target.
Result<void> SliceRowReader::check_row() {
    if (!has_header_) {
        operation_ = rows_->is_marked() ? RowOperation::erase : RowOperation::upsert;
        return rows_->is_marked() ? check_marked_row() : Result<void>();
    }
    const auto& row = rows_->row();
    const std::size_t first = shape_->has_operation ? 1 : 0;
    operation_ = RowOperation::upsert;
    if (shape_->has_operation) {
        const auto operation =
            rows_->is_bare(0) ? row_operation_from(row.front()) : std::optional<RowOperation>();
        if (!operation) return corrupt_row(fmt::format("\"{}\" is no operation", row.front()));
        operation_ = *operation;
    }
    for (std::size_t i = 0; i < shape_->columns.size(); ++i) {
        const auto& column = table_.columns[shape_->columns[i]];
        const auto& text = row[first + i];
        if (!rows_->is_bare(first + i)) {
            // The target parses the other types, and refuses what is none of them.
            const bool is_kept_as_text =
                column.data_type == DataType::date || column.data_type == DataType::decimal;
            const bool is_fine = !is_kept_as_text || fits(column.data_type, text);
            if (!is_null(column.data_type, text) && is_fine) continue;
            return corrupt_row(
                fmt::format("column \"{}\": the cell is no value of its data type", column.name));
        }
        if (!text.empty()) {
            return corrupt_row(fmt::format("column \"{}\": a value has no quotes", column.name));
        }
        if (column.primary_key) {
            return corrupt_row(fmt::format("column \"{}\" of the key is NULL", column.name));
        }
    }
    return {};
}

std::optional<std::string_view> SliceRowReader::value(std::size_t place) const {
    const auto cell = place + (shape_->has_operation ? 1 : 0);
    const std::string_view text = rows_->row()[cell];
    if (has_header_ || rows_->is_marked()) {
        return rows_->is_bare(cell) ? std::nullopt : std::optional(text);
    }
    if (is_null(table_.columns[shape_->columns[place]].data_type, text)) return std::nullopt;
    return text;
}

Result<void> SliceRowReader::finish() const {
    if (rows_) return rows_->finish();
    if (!front_.empty()) return corrupt_header("does not end");
    return {};
}

}  // namespace millrace
