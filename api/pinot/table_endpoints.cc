#include <fmt/format.h>

#include "api/pinot/document_endpoints.h"
#include "api/pinot/pinot_changes.h"
#include "core/base/shown_text.h"
#include "core/definitions/source_edits.h"

namespace millrace::pinot {
namespace {

using control::Response;

Result<Json> read_table_body(const PinotCall& call) {
    auto document = parse_pinot_document(call.request.body);
    if (document.ok()) return document;
    return Error(Code::invalid,
                 fmt::format("Invalid table config json string: {}. Reason: {}",
                             shortened(call.request.body, 200), document.error().client_text()));
}

std::string name_in(const Json& document) {
    const auto name = document.find("tableName");
    if (name == document.end() || !name->is_string()) return "";
    return raw_table_name(name->get<std::string>());
}

std::string with_suffix(std::string_view name) {
    return std::string(name) + std::string(kRealtimeSuffix);
}

// The table with the schema of its name.
Result<PinotPair> pair_of(const PinotApi& api, const Json& table, Json& schema) {
    const auto name = name_in(table);
    TRY_ASSIGN(auto found, find_document(api, kSchemaKind, name));
    if (!found) {
        PinotFindings findings;
        read_pinot_table(table, nullptr, api.parts.clock.wall(), findings);
        TRY(findings.result());
        return Error(Code::invalid,
                     fmt::format("Failed to find schema for table: {}", with_suffix(name)));
    }
    schema = std::move(*found);
    TRY_ASSIGN(auto pair, read_pair(api, schema, table));
    TRY(pair.findings.result());
    return pair;
}

// Findings of the schema were told when it was sent.
PinotFindings of_table(const PinotApi& api, const Json& table) {
    PinotFindings findings;
    read_pinot_table(table, nullptr, api.parts.clock.wall(), findings);
    return findings;
}

Result<Response> add(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(const auto table, read_table_body(call));
    const std::lock_guard lock(api.changing);
    const auto name = name_in(table);
    TRY_ASSIGN(const auto before, find_document(api, kTableKind, name));
    if (before) {
        return Error(Code::conflict,
                     fmt::format("Table config for {} already exists. If this is unexpected, try "
                                 "deleting the table to remove all metadata associated with it.",
                                 with_suffix(name)));
    }
    Json schema;
    TRY_ASSIGN(const auto pair, pair_of(api, table, schema));
    TRY(put_table(api, pair, schema, table, call.stamp));
    return status_answer(fmt::format("Table {} successfully added", with_suffix(name)),
                         of_table(api, table));
}

Result<Response> update(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(const auto table, read_table_body(call));
    const std::lock_guard lock(api.changing);
    const auto name = name_in(table);
    if (name != raw_table_name(call.name)) {
        return Error(Code::invalid,
                     fmt::format("Request table {} does not match table name in the body {}",
                                 call.name, name));
    }
    TRY_ASSIGN(const auto before, find_document(api, kTableKind, name));
    if (!before) {
        return Error(Code::not_found, fmt::format("Table {} does not exist", with_suffix(name)));
    }
    Json schema;
    TRY_ASSIGN(const auto pair, pair_of(api, table, schema));
    TRY(put_table(api, pair, schema, table, call.stamp));
    return status_answer(fmt::format("Table config updated for {}", call.name),
                         of_table(api, table));
}

Result<Response> validate(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(const auto table, read_table_body(call));
    Json schema;
    TRY_ASSIGN(const auto pair, pair_of(api, table, schema));
    Json answer = {{"REALTIME", shown_table(table)}};
    if (!pair.findings.warnings().empty()) answer["warnings"] = pair.findings.warnings();
    return json_answer(answer);
}

bool is_offline(const PinotCall& call) {
    const auto type = call.parameter("type");
    return type == "offline" || type == "OFFLINE";
}

Result<Response> list(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(const auto names, names_of(api, kTableKind));
    Json tables = Json::array();
    if (!is_offline(call)) tables = names;
    return json_answer({{"tables", std::move(tables)}});
}

Result<Json> load_table(const PinotApi& api, const PinotCall& call) {
    const auto name = raw_table_name(call.name);
    TRY_ASSIGN(auto table, find_document(api, kTableKind, name));
    if (table && !is_offline(call)) return std::move(*table);
    return Error(Code::not_found, fmt::format("Table {} does not exist", call.name));
}

Result<Response> get(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(auto table, load_table(api, call));
    return json_answer({{"REALTIME", std::move(table)}});
}

Result<Response> get_schema(const PinotApi& api, const PinotCall& call) {
    TRY(load_table(api, call));
    TRY_ASSIGN(const auto schema, find_document(api, kSchemaKind, raw_table_name(call.name)));
    if (!schema) return Error(Code::not_found, "Schema not found");
    return json_answer(*schema);
}

Result<Response> remove(const PinotApi& api, const PinotCall& call) {
    const auto name = raw_table_name(call.name);
    const std::lock_guard lock(api.changing);
    TRY_ASSIGN(const auto table, find_document(api, kTableKind, name));
    if (!table || is_offline(call)) {
        const auto type = call.parameter("type");
        return Error(Code::not_found, fmt::format("Table '{}' with type {} does not exist",
                                                  call.name, type.empty() ? "null" : type));
    }
    TRY(remove_table(api, name, /*with_schema=*/false, call.stamp));
    return status_answer(fmt::format("Tables: [{}] deleted", with_suffix(name)));
}

Result<Response> get_status(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(const auto source, load_source(api, raw_table_name(call.name)));
    const auto status = api.ports.watches->status_of(source.key);
    const bool is_ill = status && (status->state == kafka::SourceState::waiting ||
                                   status->state == kafka::SourceState::failed);
    return json_answer({{"ingestionStatus",
                         {{"ingestionState", is_ill ? "UNHEALTHY" : "HEALTHY"},
                          {"errorMessage", is_ill ? status->reason : std::string()}}}});
}

Result<Response> get_state(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(const auto source, load_source(api, raw_table_name(call.name)));
    return json_answer({{"state", source.disabled ? "disabled" : "enabled"}});
}

Result<Response> set_state(const PinotApi& api, const PinotCall& call) {
    const auto name = raw_table_name(call.name);
    const auto state = call.parameter("state");
    if (state != "enable" && state != "disable") {
        return Error(Code::invalid,
                     fmt::format("Invalid state: {}, must be enable or disable", state));
    }
    const std::lock_guard lock(api.changing);
    TRY_ASSIGN(const auto source, load_source(api, name));
    const auto edit =
        state == "enable"
            ? static_cast<definitions::Edited (*)(definitions::EditContext&, const SourceKey&,
                                                  const Stamp&)>(definitions::enable)
            : definitions::disable;
    TRY(api.parts.changes.make_now(
        [key = source.key, edit, stamp = call.stamp](definitions::EditContext& context) {
            return edit(context, key, stamp);
        }));
    return status_answer(
        fmt::format("Request to {} table '{}' is successful", state, with_suffix(name)));
}

}  // namespace

void add_table_endpoints(control::Router& router, const std::shared_ptr<const PinotApi>& api) {
    using enum PinotAccess;
    add_endpoint(router, api, "POST", "/tables", change, add);
    add_endpoint(router, api, "GET", "/tables", read, list);
    add_endpoint(router, api, "GET", "/tables/{tableName}", read, get);
    add_endpoint(router, api, "PUT", "/tables/{tableName}", change, update);
    add_endpoint(router, api, "DELETE", "/tables/{tableName}", change, remove);
    add_endpoint(router, api, "POST", "/tables/validate", read, validate);
    add_endpoint(router, api, "GET", "/tables/{tableName}/schema", read, get_schema);
    add_endpoint(router, api, "GET", "/tables/{tableName}/status", read, get_status);
    add_endpoint(router, api, "GET", "/tables/{tableName}/state", read, get_state);
    add_endpoint(router, api, "PUT", "/tables/{tableName}/state", change, set_state);
}

}  // namespace millrace::pinot
