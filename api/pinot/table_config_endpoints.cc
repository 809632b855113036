#include <fmt/format.h>

#include "api/pinot/document_endpoints.h"
#include "api/pinot/pinot_changes.h"

namespace millrace::pinot {
namespace {

using control::Response;

struct TableConfigs {
    std::string name;
    Json document;
    const Json& schema() const { return document.at("schema"); }
    const Json& table() const { return document.at("realtime"); }
};

Error invalid_configs(std::string_view reason) {
    return Error(Code::invalid, fmt::format("Invalid TableConfigs. {}", reason));
}

Result<TableConfigs> read_configs(const PinotCall& call) {
    auto document = parse_pinot_document(call.request.body);
    if (!document.ok()) return invalid_configs(document.error().client_text());
    TableConfigs configs{.name = {}, .document = std::move(document).value()};
    const auto& json = configs.document;
    if (!json.contains("tableName") || !json.at("tableName").is_string()) {
        return invalid_configs("'tableName' cannot be null or empty in TableConfigs");
    }
    configs.name = json.at("tableName").get<std::string>();
    const auto invalid = [&](std::string_view reason) {
        return Error(Code::invalid,
                     fmt::format("Invalid TableConfigs: {}. {}", configs.name, reason));
    };
    for (const auto* const key : {"schema", "realtime"}) {
        const bool is_there = json.contains(key) && !json.at(key).is_null();
        if (is_there && !json.at(key).is_object()) {
            return invalid(fmt::format("'{}' must be an object", key));
        }
        if (is_there) continue;
        if (key == std::string_view("schema"))
            return invalid("Must provide 'schema' in TableConfigs");
        return invalid("Must provide 'realtime': OFFLINE tables are not supported");
    }
    if (json.contains("offline") && !json.at("offline").is_null()) {
        return invalid("'offline' is not supported: tables are read from streams");
    }
    return configs;
}

// What is wrong with the two, in the words of this endpoint.
Result<PinotPair> read_checked(const PinotApi& api, const TableConfigs& configs) {
    TRY_ASSIGN(auto pair, read_pair(api, configs.schema(), configs.table(),
                                    {.schema = "/schema", .table = "/realtime"}));
    if (pair.findings.is_fine() && pair.schema.name != configs.name) {
        pair.findings.error(
            fmt::format("'tableName': {} must be equal to 'schemaName' from 'schema': {}",
                        configs.name, pair.schema.name));
    }
    if (pair.findings.is_fine() && pair.table.name != configs.name) {
        pair.findings.error(
            fmt::format("'tableName': {} must be equal to 'tableName' from 'realtime': {}",
                        configs.name, pair.table.name));
    }
    for (const auto& [key, value] : configs.document.items()) {
        if (key != "tableName" && key != "schema" && key != "realtime" && key != "offline") {
            pair.findings.unrecognized("/" + key, value);
        }
    }
    if (pair.findings.is_fine()) return pair;
    return Error(Code::invalid, fmt::format("Invalid TableConfigs: {}. {}", configs.name,
                                            pair.findings.result().error().client_text()));
}

Result<Response> add(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(const auto configs, read_configs(call));
    const std::lock_guard lock(api.changing);
    TRY_ASSIGN(const auto before, find_document(api, kTableKind, configs.name));
    if (before) {
        return Error(Code::invalid,
                     fmt::format("TableConfigs: {} already exists. Use PUT to update existing "
                                 "config",
                                 configs.name));
    }
    TRY_ASSIGN(const auto pair, read_checked(api, configs));
    TRY(put_table(api, pair, configs.schema(), configs.table(), call.stamp));
    return status_answer(fmt::format("TableConfigs {} successfully added", configs.name),
                         pair.findings);
}

Result<Response> update(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(const auto configs, read_configs(call));
    if (configs.name != call.name) {
        return Error(
            Code::invalid,
            fmt::format("'tableName' in TableConfigs: {} must match provided tableName: {}",
                        configs.name, call.name));
    }
    const std::lock_guard lock(api.changing);
    TRY_ASSIGN(const auto before, find_document(api, kTableKind, configs.name));
    if (!before) {
        return Error(Code::invalid,
                     fmt::format("TableConfigs: {} does not exist. Use POST to create it first.",
                                 configs.name));
    }
    TRY_ASSIGN(const auto pair, read_checked(api, configs));
    TRY_ASSIGN(const auto schema, find_document(api, kSchemaKind, configs.name));
    if (schema && !call.flag("forceTableSchemaUpdate", false)) {
        PinotFindings ignored;
        const auto compatible = check_compatible(read_pinot_schema(*schema, ignored), pair.schema);
        if (!compatible.ok()) {
            return Error(Code::invalid,
                         fmt::format("Backward incompatible schema {}. Reason: {}", configs.name,
                                     compatible.error().client_text()));
        }
    }
    TRY(put_table(api, pair, configs.schema(), configs.table(), call.stamp));
    return status_answer(fmt::format("TableConfigs updated for {}", configs.name), pair.findings);
}

Result<Response> validate(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(const auto configs, read_configs(call));
    TRY_ASSIGN(const auto pair, read_checked(api, configs));
    auto answer = configs.document;
    answer["realtime"] = shown_table(configs.table());
    if (!pair.findings.unrecognized_properties().empty()) {
        answer["unrecognizedProperties"] = pair.findings.unrecognized_properties();
    }
    if (!pair.findings.warnings().empty()) answer["warnings"] = pair.findings.warnings();
    return json_answer(answer);
}

Result<Response> list(const PinotApi& api, const PinotCall& /*call*/) {
    TRY_ASSIGN(const auto names, names_of(api, kTableKind));
    return json_answer(names);
}

Result<Response> get(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(auto table, find_document(api, kTableKind, call.name));
    TRY_ASSIGN(auto schema, find_document(api, kSchemaKind, call.name));
    if (!table || !schema) {
        return Error(Code::not_found, fmt::format("TableConfigs for {} does not exist", call.name));
    }
    return json_answer({{"tableName", call.name},
                        {"schema", std::move(*schema)},
                        {"realtime", std::move(*table)}});
}

Result<Response> remove(const PinotApi& api, const PinotCall& call) {
    const std::lock_guard lock(api.changing);
    TRY_ASSIGN(const auto table, find_document(api, kTableKind, call.name));
    TRY_ASSIGN(const auto schema, find_document(api, kSchemaKind, call.name));
    if (table || schema) TRY(remove_table(api, call.name, /*with_schema=*/true, call.stamp));
    return status_answer(fmt::format("Deleted TableConfigs: {}", call.name));
}

}  // namespace

void add_table_config_endpoints(control::Router& router,
                                const std::shared_ptr<const PinotApi>& api) {
    using enum PinotAccess;
    add_endpoint(router, api, "POST", "/tableConfigs", change, add);
    add_endpoint(router, api, "GET", "/tableConfigs", read, list);
    add_endpoint(router, api, "GET", "/tableConfigs/{tableName}", read, get);
    add_endpoint(router, api, "PUT", "/tableConfigs/{tableName}", change, update);
    add_endpoint(router, api, "DELETE", "/tableConfigs/{tableName}", change, remove);
    add_endpoint(router, api, "POST", "/tableConfigs/validate", read, validate);
}

}  // namespace millrace::pinot
