#include "core/mapping/column_cell.h"

#include <string>

#include "core/base/check.h"
#include "core/mapping/json_text.h"

namespace millrace::mapping {
namespace {

// Of a column whose value is the message's; nothing where the message lacks it, or there is none.
// Valid until the next one.
std::optional<std::string_view> message_cell(const ColumnPlan& column, Scratch& scratch) {
    const auto* const message = scratch.record.message;
    if (message == nullptr) return {};
    switch (column.type) {
        case ColumnType::kafka_topic:
            return scratch.utf8_text(message->topic);
        case ColumnType::kafka_partition:
            return scratch.message_number(message->partition);
        case ColumnType::kafka_offset:
            return scratch.message_number(message->offset);
        case ColumnType::kafka_timestamp:
            return message->timestamp ? scratch.message_time(*message->timestamp) : "";
        case ColumnType::kafka_key:
            if (message->key) return scratch.utf8_text(*message->key);
            if (!column.texts->if_missing) return "";
            return std::string_view(*column.texts->if_missing);
        case ColumnType::kafka_header:
            for (auto at = message->headers.rbegin(); at != message->headers.rend(); ++at) {
                if (at->name == column.texts->argument) return scratch.utf8_text(at->value);
            }
            return {};
        default:
            return {};
    }
}

std::optional<std::string_view> header_cell(const ColumnPlan& column, Scratch& scratch) {
    const auto* const value = scratch.headers().find(column.texts->argument);
    if (value == nullptr) return {};
    return scratch.utf8_text(*value);
}

std::optional<std::string_view> query_cell(const ColumnPlan& column, Scratch& scratch) {
    const auto value = scratch.parameter(column.texts->argument);
    if (!value) return {};
    return scratch.utf8_text(*value);
}

std::optional<std::string_view> certificate_cell(Scratch& scratch) {
    const auto* const subject = scratch.record.client_certificate;
    if (subject == nullptr) return {};
    return scratch.utf8_text(*subject);
}

}  // namespace

std::optional<std::string_view> context_cell(const ColumnPlan& column, Scratch& scratch) {
    if (column.type == ColumnType::header) return header_cell(column, scratch);
    if (column.type == ColumnType::query) return query_cell(column, scratch);
    if (column.type == ColumnType::client_certificate) return certificate_cell(scratch);
    return message_cell(column, scratch);
}

Result<std::string_view> template_cell(const ColumnPlan& column, Scratch& scratch,
                                       std::uint64_t bytes_max) {
    auto& made = scratch.template_value;
    if (column.texts->program) {
        TRY(column.texts->program->evaluate(
            scratch, {.raw_string = column.raw_string, .bytes_max = bytes_max}, made));
        return std::string_view(made);
    }
    check(column.texts->template_index < scratch.template_values.size(), "a template has no value");
    if (scratch.is_broken(
            {.begin = scratch.body_text.view().data(), .bytes = scratch.body_text.view().size()})) {
        return broken_value(scratch.form.problem());  // what it looks at is not known
    }
    const auto& value = scratch.template_values[column.texts->template_index];
    if (!value.ok()) return value.error();
    const auto& json = value.value();
    if (!column.raw_string || !json.starts_with('"')) return std::string_view(json);
    made.clear();
    append_unescaped(made, std::string_view(json).substr(1, json.size() - 2));
    return std::string_view(made);
}

}  // namespace millrace::mapping
