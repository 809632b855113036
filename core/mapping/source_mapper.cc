#include "core/mapping/source_mapper.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/byte_size.h"
#include "core/base/check.h"
#include "core/base/csv.h"
#include "core/base/error_names.h"
#include "core/mapping/charset.h"
#include "core/mapping/json_check.h"
#include "core/mapping/json_text.h"
#include "core/mapping/media_type.h"
#include "core/mapping/origin.h"
#include "core/mapping/path.h"
#include "core/mapping/path_trie.h"
#include "core/mapping/scratch.h"
#include "core/mapping/template_program.h"
#include "core/mapping/text_problem.h"

namespace millrace::mapping {
namespace {

// What an index of a database has for a cell besides its bytes, with its padding.
constexpr std::uint64_t kKeyCellBytes = 8;

// What is only needed of a column where something is out of the ordinary: apart from the plans,
// because those of all sources compete for the processor's cache.
struct ColumnTexts {
    std::string name;                        // for errors
    std::string path;                        // for errors
    std::string argument;                    // a header's name, canonical, or a parameter's
    std::optional<std::string> if_missing;   // of what may be missing: the cell's text
    std::optional<TemplateProgram> program;  // of type template, if it is compiled
    std::size_t template_index = 0;          // of type template, else: in templates()
};

struct ColumnPlan {
    ColumnType type;
    DataType data_type;
    TimeForm time_form;
    bool primary_key;
    bool raw_string;
    PathTrie::Slot slot;  // of type path
    const ColumnTexts* texts;
};

struct SinkPlan {
    std::vector<ColumnPlan> columns;
    std::vector<ColumnTexts> texts;          // of the columns, which point into it
    const ColumnPlan* first_path = nullptr;  // the column that a broken body is blamed on
    bool has_other_values = false;           // of the body, than those of paths
    ValueRules rules;                        // of its target
};

// Whether a string is written without its quotes.
bool is_raw(const Column& column) {
    return column.raw_string || is_unquoted(column.data_type);
}

std::string argument_of(const Column& column) {
    if (column.type != ColumnType::header) return column.argument;
    std::string canonical;
    append_canonical_header(canonical, column.argument);
    return canonical;
}

std::optional<std::string> missing_text(const Column& column) {
    const bool is_text = is_raw(column) || column.type != ColumnType::path;
    if (!column.default_value || is_text) return column.default_value;
    std::string literal;
    append_json_string(literal, *column.default_value);
    return literal;
}

Error too_large(const ColumnPlan& column, std::uint64_t bytes_max) {
    return Error(Code::too_large, fmt::format("Too big CSV row, column: \"{}\", row limit: {}.",
                                              column.texts->name, format_byte_size(bytes_max)))
        .named(error_names::kInPayloadTooLarge);
}

Error not_found(const ColumnPlan& column) {
    return Error(Code::invalid, fmt::format("column \"{}\": path \"{}\" not found in the body",
                                            column.texts->name, column.texts->path))
        .named(error_names::kInPathNotFound);
}

// Of a column that has something else than a path.
Error is_missing(const ColumnPlan& column) {
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

Error key_too_long(const ColumnPlan& column, std::uint64_t bytes_max) {
    return bad_value(column, fmt::format("the primary key is longer than {} bytes (with 8 for each "
                                         "column), which the target cannot hold",
                                         bytes_max));
}

// Of a cell that is no value of the column's data type. The cell is the sender's: cut.
Error misfit(const ColumnPlan& column, std::string_view cell, std::string_view reason) {
    constexpr std::size_t kShownMax = 64;
    std::string shown;
    append_json_string(shown, cell.substr(0, kShownMax));
    if (cell.size() > kShownMax) shown += "...";
    return bad_value(column, fmt::format("the value {} is not {}: {}", shown,
                                         to_string(column.data_type), reason));
}

// Checks the cell of a column that is not of type STRING, makes what is NULL empty, and a time in
// another form one in `time`.
Result<void> check_type(const ColumnPlan& column, std::string_view& cell, JsonCheck& json,
                        std::string& time) {
    if (is_null(column.data_type, cell)) {
        if (column.primary_key) return bad_value(column, "a primary key cannot be NULL");
        cell = {};
    } else if (column.data_type == DataType::json) {
        if (!json.is_json(cell)) return misfit(column, cell, json.problem());
    } else if (column.time_form != TimeForm::text) {
        const auto parsed = parse_time(column.time_form, cell);
        if (!parsed)
            return misfit(column, cell, fmt::format("expected {}", rule_of(column.time_form)));
        time = parsed->view();
        cell = time;
    } else if (!fits(column.data_type, cell)) {
        return misfit(column, cell, fmt::format("expected {}", rule_of(column.data_type)));
    }
    return {};
}

// Refuses a default that no event could use.
Result<void> check_default(const ColumnPlan& column) {
    if (!column.texts->if_missing || column.data_type == DataType::string) return {};
    JsonCheck json;
    std::string time;
    std::string_view cell = *column.texts->if_missing;
    const auto checked = check_type(column, cell, json, time);
    if (checked.ok()) return {};
    return Error(Code::invalid, checked.error().client_text() + ", in defaultValue");
}

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

Error bad_form(const ColumnPlan& column, const FormReader& form) {
    const bool is_large = form.has_too_many_keys();
    return Error(is_large ? Code::too_large : Code::invalid,
                 fmt::format("column \"{}\": invalid form data {}", column.texts->name,
                             form.problem()))
        .named(is_large ? error_names::kInPayloadTooLarge : error_names::kInInvalidForm);
}

// Whether the paths of a sink can be looked up in the body at all.
Result<void> require_body(const ColumnPlan& column, const Scratch& scratch) {
    switch (scratch.body) {
        case BodyState::not_read:
        case BodyState::read:
            return {};
        case BodyState::bad_json:
            return bad_json(column, scratch.json);
        case BodyState::bad_form:
            return bad_form(column, scratch.form);
        case BodyState::unsupported:
            return unsupported(scratch.record.content_type);
    }
    return {};
}

// Of a template: of the body it could not read, or its own.
Error template_error(const ColumnPlan& column, const Scratch& scratch, const Error& error) {
    if (error.name().empty()) {
        if (auto body = require_body(column, scratch); !body.ok()) return std::move(body).error();
    }
    return Error(error.code(),
                 fmt::format("column \"{}\": {}", column.texts->name, error.client_text()))
        .named(error.name());
}

// Adds the paths that the template looks up to `paths`. Nothing if it is not in the subset.
std::optional<TemplateProgram> compile_template(const Column& column, std::vector<Path>& paths) {
    auto program = TemplateProgram::compile(column.template_text);
    if (!program.ok()) return std::nullopt;
    program.value().set_slots([&](Path path) {
        paths.push_back(std::move(path));
        return static_cast<PathTrie::Slot>(paths.size() - 1);
    });
    return std::move(program).value();
}

// The place of the text in `templates`, to which it is added if it is new.
std::size_t index_of(const std::string& text, TemplateTexts& templates) {
    const auto found = std::find(templates.begin(), templates.end(), text);
    const auto index = static_cast<std::size_t>(found - templates.begin());
    if (found == templates.end()) templates.push_back(text);
    return index;
}

// The cell of a template; valid until the next one.
Result<std::string_view> evaluate(const ColumnPlan& column, Scratch& scratch,
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
            return column.texts->if_missing ? *column.texts->if_missing : "";
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

// Of what came with the body; nothing where it is missing. Valid until the next one.
std::optional<std::string_view> context_cell(const ColumnPlan& column, Scratch& scratch) {
    if (column.type == ColumnType::header) return header_cell(column, scratch);
    if (column.type == ColumnType::query) return query_cell(column, scratch);
    if (column.type == ColumnType::client_certificate) return certificate_cell(scratch);
    return message_cell(column, scratch);
}

// The body as UTF-8 without a byte order mark, which says more than what is declared. Valid until
// the next call.
std::string_view utf8_body(Scratch& scratch, Charset charset) {
    const auto body = scratch.record.body;
    const bool may_have_mark =
        !body.empty() && static_cast<unsigned char>(body.front()) >= kByteOrderMarkMin;
    scratch.is_decoded = false;
    if (charset == Charset::utf8 && !may_have_mark) return body;
    const auto mark = byte_order_mark(body);
    const auto text = body.substr(mark ? mark->bytes : 0);
    const auto found = mark ? mark->charset : charset;
    scratch.is_decoded = mark || found != Charset::utf8;
    if (found == Charset::utf8) return text;
    scratch.decoded.clear();
    append_as_utf8(scratch.decoded, text, found);
    return scratch.decoded;
}

bool read_json(std::string_view text, const PathTrie& paths, Scratch& scratch) {
    scratch.body_text.assign(text);
    return scratch.json.scan(scratch.body_text, paths);
}

bool read_form(Charset charset, const PathTrie& paths, Scratch& scratch) {
    const auto body = scratch.record.body;
    const auto mark = byte_order_mark(body);
    const bool skips_mark = mark && mark->charset == Charset::utf8;
    scratch.is_form = true;
    if (!scratch.form.read(body.substr(skips_mark ? mark->bytes : 0), charset, &paths))
        return false;
    scratch.has_broken_values = scratch.form.has_broken_values();
    scratch.body_text.assign(scratch.form.json());
    check(scratch.json.scan(scratch.body_text, paths), "a form became broken JSON");
    return true;
}

// A form never begins so: its encoding has these as %7B and %5B.
bool begins_like_json(std::string_view body) {
    const auto first = body.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && (body[first] == '{' || body[first] == '[');
}

BodyState read_body(const PathTrie& paths, PlainText plain_text, Scratch& scratch) {
    scratch.is_form = false;
    scratch.has_broken_values = false;
    const auto type = body_type_of(scratch.record.content_type);
    switch (type.media) {
        case MediaType::json:
        case MediaType::json_lines:  // one line is a JSON text
            return read_json(utf8_body(scratch, type.charset), paths, scratch)
                       ? BodyState::read
                       : BodyState::bad_json;
        case MediaType::form: {
            // What curl -d says of a JSON document, unless it is told better.
            const auto text = utf8_body(scratch, type.charset);
            if (begins_like_json(text) && read_json(text, paths, scratch)) return BodyState::read;
            return read_form(type.charset, paths, scratch) ? BodyState::read : BodyState::bad_form;
        }
        case MediaType::text: {
            // What a browser says of a string that a beacon sends, and SNS of all its messages.
            if (plain_text == PlainText::unsupported) break;
            const auto text = utf8_body(scratch, type.charset);
            if (read_json(text, paths, scratch)) return BodyState::read;
            return begins_like_json(text) ? BodyState::bad_json : BodyState::unsupported;
        }
        case MediaType::other:
            break;
    }
    return BodyState::unsupported;
}

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

// What a path has of the record whose row is deleted.
Result<std::string_view> key_path_cell(const ColumnPlan& column, Scratch& scratch) {
    TRY(require_body(column, scratch));
    auto value = scratch.json.value(column.slot);
    const auto text = scratch.body_text.view();
    if (!value.found() && is_tombstone(scratch) && !begins_like_json(text)) {
        value = {.begin = text.data(),
                 .bytes = text.size(),
                 .escaped = text.find('\\') != std::string_view::npos};
    }
    if (value.found()) return scratch.cell_text(value, column.raw_string);
    return is_tombstone(scratch) ? not_in_message_key(column) : not_found(column);
}

// A cell of the key of the record whose row is deleted; valid until the next one.
Result<std::string_view> key_cell(const ColumnPlan& column, Scratch& scratch,
                                  std::uint64_t bytes_max) {
    const bool has_value = !is_tombstone(scratch);
    const bool is_of_key = column.type == ColumnType::path || column.type == ColumnType::kafka_key;
    if (!has_value && is_of_key && !scratch.record.message->key) return no_message_key(column);
    switch (column.type) {
        case ColumnType::path:
            return key_path_cell(column, scratch);
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
            return is_missing(column);
        }
        case ColumnType::jsonnet: {
            if (!has_value) return key_is_not_known(column);
            auto made = evaluate(column, scratch, bytes_max);
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

struct SourceMapper::Compiled {
    std::vector<SinkPlan> sinks;
    PathTrie paths;  // of all sinks
    bool needs_body = false;
    bool has_event_ids = false;
    std::shared_ptr<const TemplateTexts> templates;  // that are not compiled
    MappingLimits limits;
    SecretHeaders secrets = SecretHeaders::left_out;
    PlainText plain_text = PlainText::unsupported;
};

Result<SourceMapper> SourceMapper::compile(const std::vector<std::vector<Column>>& sinks,
                                           MappingLimits limits, SecretHeaders secrets,
                                           PlainText plain_text,
                                           const std::vector<ValueRules>& rules) {
    check(rules.empty() || rules.size() == sinks.size(), "rules of other sinks");
    auto compiled = std::make_unique<Compiled>();
    compiled->limits = limits;
    compiled->secrets = secrets;
    compiled->plain_text = plain_text;
    std::vector<Path> paths;
    TemplateTexts templates;
    for (const auto& columns : sinks) {
        auto& sink = compiled->sinks.emplace_back();
        if (!rules.empty()) sink.rules = rules[compiled->sinks.size() - 1];
        sink.columns.reserve(columns.size());  // first_path points into it
        sink.texts.reserve(columns.size());
        for (const auto& column : columns) {
            auto& texts = sink.texts.emplace_back(ColumnTexts{.name = column.name,
                                                              .path = column.path,
                                                              .argument = argument_of(column),
                                                              .if_missing = missing_text(column),
                                                              .program = std::nullopt});
            auto& plan = sink.columns.emplace_back(
                ColumnPlan{.type = column.type,
                           .data_type = column.data_type,
                           .time_form = column.time_form,
                           .primary_key = column.primary_key,
                           .raw_string = is_raw(column),
                           .slot = static_cast<PathTrie::Slot>(paths.size()),
                           .texts = &texts});
            compiled->has_event_ids |= column.type == ColumnType::event_id;
            sink.has_other_values |=
                column.type == ColumnType::jsonnet || column.type == ColumnType::body;
            if (column.type == ColumnType::jsonnet) {
                texts.program = compile_template(column, paths);
                if (!texts.program)
                    texts.template_index = index_of(column.template_text, templates);
            }
            TRY(check_default(plan));
            if (column.type != ColumnType::path) continue;
            auto path = parse_path(column.path);
            if (!path.ok()) {
                return Error(Code::invalid, fmt::format("column \"{}\": {}", column.name,
                                                        path.error().client_text()));
            }
            paths.push_back(std::move(path).value());
            if (sink.first_path == nullptr) sink.first_path = &plan;
        }
    }
    TRY_ASSIGN(compiled->paths, PathTrie::build(paths));
    compiled->needs_body = !paths.empty() || !templates.empty();
    compiled->templates = std::make_shared<const TemplateTexts>(std::move(templates));
    return SourceMapper(std::move(compiled));
}

SourceMapper::SourceMapper(std::unique_ptr<const Compiled> compiled)
    : compiled_(std::move(compiled)) {}
SourceMapper::SourceMapper(SourceMapper&&) noexcept = default;
SourceMapper& SourceMapper::operator=(SourceMapper&&) noexcept = default;
SourceMapper::~SourceMapper() = default;

const std::shared_ptr<const TemplateTexts>& SourceMapper::templates() const {
    return compiled_->templates;
}

void SourceMapper::begin(const Record& record, Scratch& scratch,
                         std::span<const Result<std::string>> values) const {
    scratch.begun_by = compiled_.get();
    scratch.record = record;
    scratch.secrets = compiled_->secrets;
    scratch.headers_read = false;
    scratch.headers_printed = false;
    next(record.body, scratch, values);
}

void SourceMapper::next(std::string_view body, Scratch& scratch,
                        std::span<const Result<std::string>> values) const {
    check(scratch.begun_by == compiled_.get(), "next() without begin() of the same mapper");
    scratch.record.body = body;
    scratch.forget_cells();
    scratch.template_values = values;
    scratch.body = compiled_->needs_body
                       ? read_body(compiled_->paths, compiled_->plain_text, scratch)
                       : BodyState::not_read;
}

std::shared_ptr<const TemplateRequest> SourceMapper::template_request(Scratch& scratch) const {
    auto request = std::make_shared<TemplateRequest>();
    request->arrived_at = scratch.record.arrived_at;
    request->client_ip = scratch.record.client_ip;
    for (const auto& header : scratch.headers().items()) {
        request->headers.emplace_back(header.name, header.value);
    }
    return request;
}

TemplateRecord SourceMapper::template_record(Scratch& scratch,
                                             std::shared_ptr<const TemplateRequest> request) const {
    TemplateRecord record{.request = std::move(request),
                          .body = std::string(scratch.record.body),
                          .is_json = false,
                          .json = std::nullopt};
    if (scratch.body != BodyState::read) return record;
    if (scratch.is_form || scratch.is_decoded) {
        record.json = std::string(scratch.body_text.view());
    } else {
        record.is_json = true;
    }
    return record;
}

Result<void> SourceMapper::append_row(std::size_t sink, Scratch& scratch, std::string& out) const {
    check(scratch.begun_by == compiled_.get(), "append_row() without begin() of the same mapper");
    const auto& plan = compiled_->sinks.at(sink);
    if (plan.first_path != nullptr) {
        scratch.column = &plan.first_path->texts->name;
        TRY(require_body(*plan.first_path, scratch));
    }

    const auto bytes_max = compiled_->limits.row_bytes_max;
    auto& row = scratch.row;
    row.begin(bytes_max);
    std::uint64_t key_bytes = 0;
    bool has_value = plan.has_other_values || plan.first_path == nullptr;
    for (const auto& column : plan.columns) {
        scratch.column = &column.texts->name;
        std::string_view cell;
        switch (column.type) {
            case ColumnType::uuid:
                if (!row.add_plain(scratch.fresh_uuid())) return too_large(column, bytes_max);
                continue;
            case ColumnType::datetime:
                if (!row.add_plain(scratch.arrived_at())) return too_large(column, bytes_max);
                continue;
            case ColumnType::ip:
                cell = scratch.record.client_ip;
                break;
            case ColumnType::body:
                cell = scratch.record.body;
                break;
            case ColumnType::headers:
                cell = scratch.headers_json();
                break;
            case ColumnType::path: {
                const auto& value = scratch.json.value(column.slot);
                if (!value.found() && !column.texts->if_missing) return not_found(column);
                has_value |= value.found();
                if (value.found() && scratch.is_broken(value))
                    return bad_form(column, scratch.form);
                cell = value.found() ? scratch.cell_text(value, column.raw_string)
                                     : std::string_view(*column.texts->if_missing);
                break;
            }
            case ColumnType::event_id:
                if (!row.add_plain(scratch.event_id())) return too_large(column, bytes_max);
                continue;
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
                if (!found && !column.texts->if_missing) return is_missing(column);
                cell = found ? *found : std::string_view(*column.texts->if_missing);
                break;
            }
            case ColumnType::jsonnet: {
                const auto evaluated = evaluate(column, scratch, bytes_max);
                if (!evaluated.ok()) {
                    const auto& error = evaluated.error();
                    if (error.code() == Code::too_large && error.name().empty()) {
                        return too_large(column, bytes_max);  // of a compiled one
                    }
                    return template_error(column, scratch, error);
                }
                cell = evaluated.value();
                break;
            }
        }
        if (column.data_type != DataType::string) {
            if (cell.size() > bytes_max) return too_large(column, bytes_max);
            TRY(check_type(column, cell, scratch.json_check, scratch.time_text));
        }
        if (plan.rules.is_strict) {
            if (const auto problem = text_problem(column.data_type, cell, true))
                return bad_value(column, fmt::format("{}, which the target cannot hold", *problem));
            if (column.primary_key) key_bytes += cell.size() + kKeyCellBytes;
            if (key_bytes > plan.rules.key_bytes_max && plan.rules.key_bytes_max > 0)
                return key_too_long(column, plan.rules.key_bytes_max);
        }
        if (!row.add(cell)) return too_large(column, bytes_max);
    }
    out.append(row.finish());
    scratch.is_all_defaults = !has_value;
    return {};
}

Result<void> SourceMapper::append_delete(std::size_t sink, Scratch& scratch,
                                         std::string& out) const {
    check(scratch.begun_by == compiled_.get(),
          "append_delete() without begin() of the same mapper");
    const auto& plan = compiled_->sinks.at(sink);
    const auto bytes_max = compiled_->limits.row_bytes_max;
    scratch.is_all_defaults = false;
    std::string row(1, kRowMark);
    std::uint64_t key_bytes = 0;
    bool has_key = false;
    for (const auto& column : plan.columns) {
        if (&column != plan.columns.data()) row += ',';
        if (!column.primary_key) continue;
        has_key = true;
        scratch.column = &column.texts->name;
        TRY_ASSIGN(auto cell, key_cell(column, scratch, bytes_max));
        if (row.size() + cell.size() > bytes_max) return too_large(column, bytes_max);
        if (column.data_type != DataType::string) {
            TRY(check_type(column, cell, scratch.json_check, scratch.time_text));
        }
        if (plan.rules.is_strict) {
            if (const auto problem = text_problem(column.data_type, cell, true))
                return bad_value(column, fmt::format("{}, which the target cannot hold", *problem));
            key_bytes += cell.size() + kKeyCellBytes;
            if (key_bytes > plan.rules.key_bytes_max && plan.rules.key_bytes_max > 0)
                return key_too_long(column, plan.rules.key_bytes_max);
        }
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

std::string SourceMapper::origin(Scratch& scratch) const {
    check(scratch.begun_by == compiled_.get(), "origin() without begin() of the same mapper");
    auto record = scratch.record;
    if (compiled_->has_event_ids) record.event_id = scratch.event_id();
    return print_origin(record);
}

bool SourceMapper::is_all_defaults(const Scratch& scratch) {
    return scratch.is_all_defaults;
}

std::string_view SourceMapper::failed_column(const Scratch& scratch) {
    return scratch.column == nullptr ? std::string_view() : std::string_view(*scratch.column);
}

std::unique_ptr<Scratch, void (*)(Scratch*)> make_scratch(Rng& rng) {
    return {new Scratch(rng), [](Scratch* scratch) { delete scratch; }};
}

}  // namespace millrace::mapping
