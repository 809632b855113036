#pragma once
// The JSON objects of the REST API, in the field order of docs/api.md.

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "api/control/http_message.h"
#include "api/control/scope.h"
#include "api/control/settings_request.h"
#include "core/base/error.h"
#include "core/model/file_report.h"
#include "core/model/settings.h"
#include "core/model/sink.h"
#include "core/model/source.h"
#include "core/model/statistics.h"
#include "core/model/task.h"

namespace millrace::control {

using OrderedJson = nlohmann::ordered_json;

OrderedJson render(const Source& source, const Scope& scope);
OrderedJson render(const Sink& sink, const Scope& scope);
OrderedJson render_stamp(const Stamp& stamp);
OrderedJson render_column(const Column& column);
// Adds what evaluates the column's template, and what keeps it from being compiled.
void add_engine(OrderedJson& json, const Column& column);
OrderedJson render_version(const Version& version);
OrderedJson render_task(const Task& task, const Scope& scope);
OrderedJson render_statistics(const SinkStatistics& statistics);
OrderedJson render_file(const FileReport& report);
OrderedJson render_files(const std::vector<FileReport>& files);

// The settings in force with where each comes from; the default of each is what holds where neither
// source nor sink sets it. `of_kind` are settings that the owner has besides the general ones.
OrderedJson render_settings(const SettingLevels& levels, SettingsOwner owner,
                            std::span<const SettingSpec> of_kind = {});

// A setting's value with its JSON type.
OrderedJson render_setting_value(const SettingSpec& spec, const SettingValue& value);

Response json_response(int status, const OrderedJson& json);
// 202 with a task that has begun; who sent the request may wait for its end.
Response task_response(const Task& task, const Scope& scope);

// {statusCode, error, message}; with a status of 500 or more the message says only how to find the
// cause in the logs: by the exception id, which is made of the request id.
OrderedJson render_error(const Error& error, const std::string& request_id);
Response error_response(const Error& error, const std::string& request_id);

}  // namespace millrace::control
