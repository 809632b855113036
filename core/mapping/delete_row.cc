#include "core/mapping/delete_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "core/base/csv.h"
#include "core/base/error_names.h"
#include "core/mapping/body_reader.h"
#include "core/mapping/column_cell.h"
#include "core/mapping/column_error.h"
#include "core/mapping/row_check.h"

namespace millrace::mapping {
namespace {

bool is_tombstone(const Scratch& scratch) {
    return scratch.record.message != nullptr && scratch.record.message->is_tombstone;
}

Error no_message_key(const ColumnPlan& column) {
    return Error(Code::invalid, fmt::format("column \"{}\": the message has neither a value nor a "
                                            "key, so no row is known that it deletes",
                                            column.texts->name))
        .named(error_names::kInPathNotFound);
}

Error not_in_message_key(const ColumnPlan& column) {
    return Error(Code::invalid,
                 fmt::format("column \"{}\": path \"{}\" not found in the key of the "
                             "message, which has no value",
                             column.texts->name, column.texts->path))
        .named(error_names::kInPathNotFound);
}

Error key_is_not_known(const ColumnPlan& column) {
    return bad_value(column, fmt::format("a column of the primary key of the type {} does not say "
                                         "which row the record deletes",
                                         to_string(column.type)));
}

Error one_key_for_many(const ColumnPlan& column) {
    return Error(Code::invalid,
                 fmt::format("column \"{}\": the key of the message is one value, and the primary "
                             "key has more columns, so no row is known that it deletes",
                             column.texts->name))
        .named(error_names::kInPathNotFound);
}

// What a path has of the record whose row is deleted.
Result<std::string_view> key_path_cell(const ColumnPlan& column, Scratch& scratch,
                                       std::size_t key_paths) {
    if (!has_readable_body(scratch)) return unreadable_body(column, scratch);
    auto value = scratch.json.value(column.slot);
    const auto text = scratch.body_text.view();
    if (!value.found() && is_tombstone(scratch) && !begins_like_json(text)) {
        if (key_paths > 1) return one_key_for_many(column);
        value = {.begin = text.data(),
                 .bytes = text.size(),
                 .escaped = text.find('\\') != std::string_view::npos};
    }
    if (value.found()) return scratch.cell_text(value, column.raw_string);
    return is_tombstone(scratch) ? not_in_message_key(column) : path_not_found(column);
}

// A cell of the key of the record whose row is deleted; valid until the next one.
Result<std::string_view> key_cell(const ColumnPlan& column, Scratch& scratch, std::size_t key_paths,
                                  std::uint64_t bytes_max) {
    const bool has_value = !is_tombstone(scratch);
    const bool is_of_key = column.type == ColumnType::path || column.type == ColumnType::kafka_key;
    if (!has_value && is_of_key && !scratch.record.message->key) return no_message_key(column);
    switch (column.type) {
        case ColumnType::path:
            return key_path_cell(column, scratch, key_paths);
        case ColumnType::header:
        case ColumnType::query:
        case ColumnType::client_certificate:
        case ColumnType::kafka_key:
        case ColumnType::kafka_topic:
        case ColumnType::kafka_partition:
        case ColumnType::kafka_offset:
        case ColumnType::kafka_timestamp:
        case ColumnType::kafka_header: {
            const auto found = context_cell(column, scratch);
            if (found) return *found;
            return value_is_missing(column);
        }
        case ColumnType::jsonnet: {
            if (!has_value) return key_is_not_known(column);
            auto made = template_cell(column, scratch, bytes_max);
            if (made.ok()) return made;
            return template_error(column, scratch, made.error());
        }
        case ColumnType::body:
            if (!has_value) return key_is_not_known(column);
            return scratch.record.body;
        case ColumnType::headers:
            return scratch.headers_json();
        case ColumnType::ip:
            return scratch.record.client_ip;
        case ColumnType::uuid:
        case ColumnType::datetime:
        case ColumnType::event_id:
            return key_is_not_known(column);
    }
    return key_is_not_known(column);
}

}  // namespace

Result<void> append_delete_row(const SinkPlan& sink, Scratch& scratch, std::uint64_t row_bytes_max,
                               std::string& out) {
    std::string row(1, kRowMark);
    RowCheck values(sink.rules, scratch);
    const auto is_key_path = [](const ColumnPlan& column) {
        return column.primary_key && column.type == ColumnType::path;
    };
    const auto key_paths =
        static_cast<std::size_t>(std::ranges::count_if(sink.columns, is_key_path));
    bool has_key = false;
    for (const auto& column : sink.columns) {
        if (&column != sink.columns.data()) row += ',';
        if (!column.primary_key) continue;
        has_key = true;
        scratch.column = &column.texts->name;
        TRY_ASSIGN(auto cell, key_cell(column, scratch, key_paths, row_bytes_max));
        if (row.size() + cell.size() > row_bytes_max) return row_too_large(column, row_bytes_max);
        if (values.looks_at(column)) TRY(values.look(column, cell));
        append_csv_value(row, cell);
    }
    if (!has_key) {
        scratch.column = nullptr;
        return Error(Code::invalid, "no row can be deleted from a table without a primary key")
            .named(error_names::kInInvalidValue);
    }
    out += row += '\n';
    return {};
}

}  // namespace millrace::mapping
