#include "core/mapping/source_mapper.h"

#include <string_view>
#include <utility>

#include "core/base/check.h"
#include "core/mapping/body_reader.h"
#include "core/mapping/column_cell.h"
#include "core/mapping/column_error.h"
#include "core/mapping/delete_row.h"
#include "core/mapping/origin.h"
#include "core/mapping/path_trie.h"
#include "core/mapping/row_check.h"
#include "core/mapping/scratch.h"
#include "core/mapping/sink_plan.h"

namespace millrace::mapping {

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
    Wanted wanted;
    for (std::size_t i = 0; i < sinks.size(); ++i) {
        TRY_ASSIGN(auto sink, plan_sink(sinks[i], rules.empty() ? ValueRules() : rules[i], wanted));
        compiled->has_event_ids |= sink.has_event_ids;
        compiled->sinks.push_back(std::move(sink));
    }
    TRY_ASSIGN(compiled->paths, PathTrie::build(wanted.paths));
    compiled->needs_body = !wanted.paths.empty() || !wanted.templates.empty();
    compiled->templates = std::make_shared<const TemplateTexts>(std::move(wanted.templates));
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

const PathTrie& SourceMapper::paths() const {
    return compiled_->paths;
}

void SourceMapper::begin(const Record& record, Scratch& scratch,
                         std::span<const Result<std::string>> values,
                         const FoundValues& found) const {
    scratch.begun_by = compiled_.get();
    scratch.record = record;
    scratch.secrets = compiled_->secrets;
    scratch.headers_read = false;
    scratch.headers_printed = false;
    next(record.body, scratch, values, found);
}

void SourceMapper::next(std::string_view body, Scratch& scratch,
                        std::span<const Result<std::string>> values,
                        const FoundValues& found) const {
    check(scratch.begun_by == compiled_.get(), "next() without begin() of the same mapper");
    scratch.record.body = body;
    scratch.forget_cells();
    scratch.template_values = values;
    if (!compiled_->needs_body) {
        scratch.body = BodyState::not_read;
    } else if (found.paths == &compiled_->paths) {
        scratch.body = take_found(found, scratch);
    } else {
        scratch.body = read_body(compiled_->paths, compiled_->plain_text, scratch);
    }
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
        if (!has_readable_body(scratch)) return unreadable_body(*plan.first_path, scratch);
    }

    const auto bytes_max = compiled_->limits.row_bytes_max;
    auto& row = scratch.row;
    row.begin(bytes_max);
    RowCheck values(plan.rules, scratch);
    bool has_value = plan.has_other_values || plan.first_path == nullptr;
    for (const auto& column : plan.columns) {
        scratch.column = &column.texts->name;
        std::string_view cell;
        switch (column.type) {
            case ColumnType::uuid:
                if (!row.add_plain(scratch.fresh_uuid())) return row_too_large(column, bytes_max);
                continue;
            case ColumnType::datetime:
                if (!row.add_plain(scratch.arrived_at())) return row_too_large(column, bytes_max);
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
                if (!value.found() && !column.texts->if_missing) return path_not_found(column);
                has_value |= value.found();
                if (value.found() && scratch.is_broken(value))
                    return bad_form(column, scratch.form);
                cell = value.found() ? scratch.cell_text(value, column.raw_string)
                                     : std::string_view(*column.texts->if_missing);
                break;
            }
            case ColumnType::event_id:
                if (!row.add_plain(scratch.event_id())) return row_too_large(column, bytes_max);
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
                if (!found && !column.texts->if_missing) return value_is_missing(column);
                cell = found ? *found : std::string_view(*column.texts->if_missing);
                break;
            }
            case ColumnType::jsonnet: {
                const auto evaluated = template_cell(column, scratch, bytes_max);
                if (!evaluated.ok()) {
                    const auto& error = evaluated.error();
                    if (error.code() == Code::too_large && error.name().empty()) {
                        return row_too_large(column, bytes_max);  // of a compiled one
                    }
                    return template_error(column, scratch, error);
                }
                cell = evaluated.value();
                break;
            }
        }
        if (values.looks_at(column)) {
            const bool is_text = column.data_type == DataType::string;
            if (!is_text && cell.size() > bytes_max) return row_too_large(column, bytes_max);
            TRY(values.look(column, cell));
        }
        if (!row.add(cell)) return row_too_large(column, bytes_max);
    }
    out.append(row.finish());
    scratch.is_all_defaults = !has_value;
    return {};
}

Result<void> SourceMapper::append_delete(std::size_t sink, Scratch& scratch,
                                         std::string& out) const {
    check(scratch.begun_by == compiled_.get(),
          "append_delete() without begin() of the same mapper");
    scratch.is_all_defaults = false;
    return append_delete_row(compiled_->sinks.at(sink), scratch, compiled_->limits.row_bytes_max,
                             out);
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
