#include "core/mapping/sink_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/mapping/header_list.h"
#include "core/mapping/json_text.h"
#include "core/mapping/row_check.h"

namespace millrace::mapping {
namespace {

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

}  // namespace

Result<SinkPlan> plan_sink(const std::vector<Column>& columns, const ValueRules& rules,
                           Wanted& wanted) {
    SinkPlan sink;
    sink.rules = rules;
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
                       .slot = static_cast<PathTrie::Slot>(wanted.paths.size()),
                       .texts = &texts});
        sink.has_event_ids |= column.type == ColumnType::event_id;
        sink.has_other_values |=
            column.type == ColumnType::jsonnet || column.type == ColumnType::body;
        if (column.type == ColumnType::jsonnet) {
            texts.program = compile_template(column, wanted.paths);
            if (!texts.program)
                texts.template_index = index_of(column.template_text, wanted.templates);
        }
        TRY(check_default(plan));
        if (column.type != ColumnType::path) continue;
        auto path = parse_path(column.path);
        if (!path.ok()) {
            return Error(Code::invalid,
                         fmt::format("column \"{}\": {}", column.name, path.error().client_text()));
        }
        wanted.paths.push_back(std::move(path).value());
        if (sink.first_path == nullptr) sink.first_path = &plan;
    }
    return sink;
}

}  // namespace millrace::mapping
