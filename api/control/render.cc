#include "api/control/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/source_kind.h"
#include "api/http/error_status.h"
#include "core/base/client_text.h"
#include "core/base/error_names.h"
#include "core/definitions/definition_errors.h"
#include "core/mapping/template_program.h"

namespace millrace::control {
namespace {

constexpr std::string_view kExceptionIdPrefix = "millrace-stream-api-";

// All five are strings, whoever it was. There are no users but tokens: a token is its own.
OrderedJson render_actor(const Actor& actor) {
    return {{"type", actor.type},
            {"tokenId", actor.token_id},
            {"tokenDesc", actor.token_description},
            {"userId", actor.token_id},
            {"userName", actor.token_description}};
}

void add_history(OrderedJson& json, const Version& version, const Stamp& created,
                 const std::optional<Deleted>& deleted, const std::optional<Disabled>& disabled) {
    json["version"] = render_version(version);
    json["created"] = render_stamp(created);
    if (deleted) json["deleted"] = render_stamp(deleted->stamp);
    if (disabled) {
        json["disabled"] = render_stamp(disabled->stamp);
        json["disabled"]["reason"] = disabled->reason;
    }
}

OrderedJson render_level(const LevelStatistics& level) {
    OrderedJson json;
    if (level.rows > 0) {
        json["firstRecordAt"] = format_utc(level.first_at);
        json["lastRecordAt"] = format_utc(level.last_at);
    }
    json["recordsCount"] = level.rows;
    json["compressedSize"] = level.staged_bytes;
    json["uncompressedSize"] = level.csv_bytes;
    return json;
}

std::string_view type_name(SettingKind kind) {
    switch (kind) {
        case SettingKind::boolean:
            return "bool";
        case SettingKind::count:
            return "int";
        case SettingKind::byte_size:
        case SettingKind::duration:
        case SettingKind::choice:
        case SettingKind::header_name:
        case SettingKind::text:
            return "string";
    }
    return "string";
}

// The name of an error that has none of its own.
std::string_view default_name(int status) {
    if (status == 503) return error_names::kApiServiceUnavailable;
    return status >= 500 ? error_names::kApiInternalError : error_names::kApiBadRequest;
}

}  // namespace

OrderedJson render_stamp(const Stamp& stamp) {
    return {{"at", format_utc(stamp.at)}, {"by", render_actor(stamp.by)}};
}

OrderedJson render_version(const Version& version) {
    return {{"number", version.number},
            {"hash", version.hash},
            {"description", version.description},
            {"at", format_utc(version.stamp.at)},
            {"by", render_actor(version.stamp.by)}};
}

OrderedJson render(const Source& source, const Scope& scope) {
    OrderedJson json = {
        {"projectId", source.key.project.value},
        {"branchId", source.key.branch.value},
        {"sourceId", source.key.source.value},
        {"type", source.kind.value},
        {"name", source.name},
        {"description", source.description},
    };
    // Of a kind that this version does not know only that much can be said.
    if (const auto* const kind = find_kind(scope.source_kinds, source.kind.value)) {
        json[kind->name] = kind->render(source, scope);
    }
    add_history(json, source.version, source.created, source.deleted, source.disabled);
    return json;
}

void add_engine(OrderedJson& json, const Column& column) {
    const auto compiled = mapping::TemplateProgram::compile(column.template_text);
    json["engine"] = compiled.ok() ? "compiled" : "jsonnet";
    if (!compiled.ok()) json["engineReason"] = compiled.error().client_text();
}

OrderedJson render_column(const Column& column) {
    OrderedJson json = {{"type", to_string(column.type)}, {"name", column.name}};
    if (column.primary_key) json["primaryKey"] = true;
    if (column.time_form != TimeForm::text) {
        json["dataType"] = {{"type", to_string(column.data_type)},
                            {"from", to_string(column.time_form)}};
    } else if (column.data_type != DataType::string) {
        json["dataType"] = to_string(column.data_type);
    }
    if (const auto field = argument_field(column.type); !field.empty()) {
        json[std::string(field)] = column.argument;
    }
    if (column.type == ColumnType::path) json["path"] = column.path;
    if (column.default_value) json["defaultValue"] = *column.default_value;
    if (column.type == ColumnType::path) {
        if (column.raw_string) json["rawString"] = true;
    }
    if (column.type == ColumnType::jsonnet) {
        if (column.raw_string) json["rawString"] = true;
        json["template"] = {{"language", "jsonnet"}, {"content", column.template_text}};
        add_engine(json, column);
    }
    return json;
}

OrderedJson render(const Sink& sink, const Scope& /*scope*/) {
    auto columns = OrderedJson::array();
    for (const auto& column : sink.columns) columns.push_back(render_column(column));
    OrderedJson json = {
        {"projectId", sink.key.source.project.value},
        {"branchId", sink.key.source.branch.value},
        {"sourceId", sink.key.source.source.value},
        {"sinkId", sink.key.sink.value},
        {"type", "table"},
        {"name", sink.name},
        {"description", sink.description},
    };
    for (const auto signal : sink.signals) json["allowedSignals"].push_back(to_string(signal));
    json["table"] = {{"type", "keboola"},
                     {"target", sink.target.value},
                     {"tableId", sink.table.text()},
                     {"mapping", {{"columns", columns}}}};
    add_history(json, sink.version, sink.created, sink.deleted, sink.disabled);
    return json;
}

OrderedJson render_task(const Task& task, const Scope& scope) {
    OrderedJson json = {
        {"taskId", task.id},
        {"type", task.type},
        {"url", fmt::format("{}/v1/tasks/{}", scope.api_url, task.id)},
        {"status", to_string(task.status)},
        {"isFinished", task.status != TaskStatus::processing},
        {"createdAt", format_utc(task.created_at)},
    };
    if (task.finished_at) {
        json["finishedAt"] = format_utc(*task.finished_at);
        json["duration"] = (*task.finished_at - task.created_at).count();
    }
    if (task.status == TaskStatus::error) json["error"] = task.error;
    if (task.status == TaskStatus::success) json["result"] = task.result;
    // An edit that was made has a result, also where what should follow failed.
    const bool has_source = !task.source.source.value.empty();
    if (task.status != TaskStatus::processing && !task.result.empty() && has_source) {
        auto url = fmt::format("{}/v1/branches/{}/sources/{}", scope.api_url,
                               task.source.branch.value, task.source.source.value);
        if (task.sink) url += fmt::format("/sinks/{}", task.sink->value);
        json["outputs"] = {{"url", url},
                           {"projectId", task.source.project.value},
                           {"branchId", task.source.branch.value},
                           {"sourceId", task.source.source.value}};
        if (task.sink) json["outputs"]["sinkId"] = task.sink->value;
    }
    return json;
}

OrderedJson render_statistics(const SinkStatistics& statistics) {
    LevelStatistics total;
    auto levels = OrderedJson::object();
    const auto add = [&](const char* name, const LevelStatistics& level) {
        total.add(level);
        if (level.rows > 0) levels[name] = render_level(level);
    };
    add("local", statistics.local);
    add("staging", statistics.staging);
    add("target", statistics.target);
    add("setAside", statistics.set_aside);
    add("discarded", statistics.discarded);
    return {{"total", render_level(total)}, {"levels", levels}};
}

OrderedJson render_file(const FileReport& report) {
    const auto& [file, imported_at, refused_rows, statistics] = report;
    OrderedJson json = {{"fileId", to_string(file.id)},
                        {"state", to_string(file.state)},
                        {"openedAt", format_utc(file.opened_at)}};
    if (imported_at) json["importedAt"] = format_utc(*imported_at);
    if (file.aside) {
        json["setAsideAt"] = format_utc(file.aside->at);
        json["setAsideReason"] = file.aside->reason;
    }
    if (file.retry.attempt > 0) {
        json["retryAttempt"] = file.retry.attempt;
        json["retryReason"] = file.retry.reason;
        json["retryAfter"] = format_utc(file.retry.after);
    }
    if (refused_rows > 0) json["refusedRows"] = refused_rows;
    json["statistics"] = render_statistics(statistics);
    return json;
}

OrderedJson render_files(const std::vector<FileReport>& files) {
    auto array = OrderedJson::array();
    for (const auto& file : files) array.push_back(render_file(file));
    return array;
}

OrderedJson render_setting_value(const SettingSpec& spec, const SettingValue& value) {
    switch (spec.kind) {
        case SettingKind::boolean:
            return std::get<bool>(value);
        case SettingKind::count:
            return std::get<std::int64_t>(value);
        case SettingKind::byte_size:
        case SettingKind::duration:
        case SettingKind::choice:
        case SettingKind::header_name:
        case SettingKind::text:
            return format_setting(spec, value);
    }
    return nullptr;
}

OrderedJson render_settings(const SettingLevels& levels, SettingsOwner owner,
                            std::span<const SettingSpec> of_kind) {
    std::vector<SettingSpec> specs(of_kind.begin(), of_kind.end());
    for (const auto& spec : setting_specs()) {
        if (!spec.of_source || owner == SettingsOwner::source) specs.push_back(spec);
    }
    std::ranges::sort(specs, {}, &SettingSpec::key);
    auto settings = OrderedJson::array();
    for (const auto& spec : specs) {
        const auto [value, origin] = in_force(spec, levels);
        const bool overwritten = origin == SettingOrigin::source || origin == SettingOrigin::sink;
        OrderedJson json = {
            {"key", spec.key},
            {"type", type_name(spec.kind)},
            {"description", spec.description},
            {"value", render_setting_value(spec, value)},
            {"defaultValue",
             render_setting_value(spec, in_force(spec, {.node = levels.node}).value)},
            {"overwritten", overwritten},
            {"origin", to_string(origin)},
            {"protected", spec.is_protected},
        };
        if (auto rule = validation_text(spec); !rule.empty()) json["validation"] = rule;
        settings.push_back(std::move(json));
    }
    return {{"settings", settings}};
}

Response json_response(int status, const OrderedJson& json) {
    // Texts of clients may hold broken UTF-8 (a percent-encoded path): never let that throw.
    return Response{
        .status = status,
        .body = json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n"};
}

Response task_response(const Task& task, const Scope& scope) {
    auto response = json_response(202, render_task(task, scope));
    response.task = task.id;
    return response;
}

OrderedJson render_error(const Error& cause, const std::string& request_id) {
    const auto error = definitions::explained(cause);
    const auto status = http::status_of(error);
    OrderedJson json = {
        {"statusCode", status},
        {"error", error.name().empty() ? default_name(status) : std::string_view(error.name())}};
    const auto exception_id = fmt::format("{}{}", kExceptionIdPrefix, request_id);
    json["message"] = status < 500 || is_for_client(error)
                          ? as_sentence(error.client_text())
                          : fmt::format(
                                "Application error. Please contact the operator of this "
                                "service with exception id ({}) attached.",
                                exception_id);
    if (status >= 500) json["exceptionId"] = exception_id;
    return json;
}

Response error_response(const Error& cause, const std::string& request_id) {
    const auto error = definitions::explained(cause);
    const int status = http::status_of(error);
    auto response = json_response(status, render_error(error, request_id));
    if (error.code() == Code::overloaded) {
        response.headers.emplace_back("Retry-After", status == 507 ? "10" : "1");
    }
    return response;
}

}  // namespace millrace::control
