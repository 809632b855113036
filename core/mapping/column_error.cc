#include "core/mapping/column_error.h"

#include <fmt/format.h>

#include <string>

#include "core/base/byte_size.h"
#include "core/base/check.h"
#include "core/base/error_names.h"
#include "core/mapping/json_text.h"

namespace millrace::mapping {
namespace {

// The type is the sender's bytes: made valid UTF-8 and cut, as it goes into an answer.
Error unsupported(std::string_view content_type) {
    constexpr std::size_t kShownMax = 256;
    std::string shown;
    append_json_string(shown, content_type.substr(0, kShownMax));
    return Error(Code::invalid,
                 fmt::format("Unsupported content type {}, supported types: application/json and "
                             "application/x-www-form-urlencoded.",
                             shown))
        .named(error_names::kInUnsupportedMediaType);
}

Error bad_json(const ColumnPlan& column, const JsonScanner& json) {
    return Error(Code::invalid,
                 fmt::format("column \"{}\": invalid JSON {}", column.texts->name, json.problem()))
        .named(error_names::kInInvalidJson);
}

}  // namespace

Error row_too_large(const ColumnPlan& column, std::uint64_t bytes_max) {
    return Error(Code::too_large, fmt::format("Too big CSV row, column: \"{}\", row limit: {}.",
                                              column.texts->name, format_byte_size(bytes_max)))
        .named(error_names::kInPayloadTooLarge);
}

Error path_not_found(const ColumnPlan& column) {
    return Error(Code::invalid, fmt::format("column \"{}\": path \"{}\" not found in the body",
                                            column.texts->name, column.texts->path))
        .named(error_names::kInPathNotFound);
}

Error value_is_missing(const ColumnPlan& column) {
    const auto what = [&]() -> std::string {
        const auto& argument = column.texts->argument;
        if (column.type == ColumnType::header)
            return fmt::format("header \"{}\" not found in the request", argument);
        if (column.type == ColumnType::query)
            return fmt::format("parameter \"{}\" not found in the URL", argument);
        if (column.type == ColumnType::client_certificate)
            return "the client has shown no certificate";
        if (column.type == ColumnType::kafka_header)
            return fmt::format("header \"{}\" not found in the message", argument);
        return "the record is no message of a topic";
    }();
    return Error(Code::invalid, fmt::format("column \"{}\": {}", column.texts->name, what))
        .named(error_names::kInPathNotFound);
}

Error bad_value(const ColumnPlan& column, std::string_view problem) {
    return Error(Code::invalid, fmt::format("column \"{}\": {}", column.texts->name, problem))
        .named(error_names::kInInvalidValue);
}

Error bad_form(const ColumnPlan& column, const FormReader& form) {
    const bool is_large = form.has_too_many_keys();
    return Error(is_large ? Code::too_large : Code::invalid,
                 fmt::format("column \"{}\": invalid form data {}", column.texts->name,
                             form.problem()))
        .named(is_large ? error_names::kInPayloadTooLarge : error_names::kInInvalidForm);
}

Error unreadable_body(const ColumnPlan& column, const Scratch& scratch) {
    switch (scratch.body) {
        case BodyState::bad_json:
            return bad_json(column, scratch.json);
        case BodyState::bad_form:
            return bad_form(column, scratch.form);
        case BodyState::unsupported:
            return unsupported(scratch.record.content_type);
        case BodyState::not_read:
        case BodyState::read:
            break;
    }
    check(false, "the body can be read");
    return Error(Code::internal, "the body can be read");
}

Error template_error(const ColumnPlan& column, const Scratch& scratch, const Error& error) {
    if (error.name().empty() && !has_readable_body(scratch))
        return unreadable_body(column, scratch);
    return Error(error.code(),
                 fmt::format("column \"{}\": {}", column.texts->name, error.client_text()))
        .named(error.name());
}

}  // namespace millrace::mapping
