#include <fmt/format.h>

#include "api/pinot/document_endpoints.h"
#include "api/pinot/pinot_changes.h"
#include "core/base/shown_text.h"

namespace millrace::pinot {
namespace {

using control::Response;

struct ReadSchema {
    Json document;
    PinotSchema schema;
    PinotFindings findings;
};

Result<ReadSchema> read_body(const PinotCall& call) {
    auto document = parse_pinot_document(call.request.body);
    if (!document.ok()) {
        return Error(Code::invalid, fmt::format("Invalid schema config json string: {}. Reason: {}",
                                                shortened(call.request.body, 200),
                                                document.error().client_text()));
    }
    ReadSchema read{.document = std::move(document).value(), .schema = {}, .findings = {}};
    read.schema = read_pinot_schema(read.document, read.findings);
    if (read.findings.is_fine()) return read;
    return Error(Code::invalid, fmt::format("Invalid schema: {}. Reason: {}", read.schema.name,
                                            read.findings.result().error().client_text()));
}

Error schema_not_found(std::string_view name) {
    return Error(Code::not_found, fmt::format("Schema {} not found", name));
}

// Stores a schema, and changes the table that has it.
Result<Response> put(const PinotApi& api, const PinotCall& call, ReadSchema read, bool force) {
    const auto& name = read.schema.name;
    TRY_ASSIGN(const auto before, find_document(api, kSchemaKind, name));
    if (before && !force) {
        PinotFindings ignored;
        const auto compatible = check_compatible(read_pinot_schema(*before, ignored), read.schema);
        if (!compatible.ok()) {
            return Error(Code::invalid, fmt::format("Backward incompatible schema {}. Reason: {}",
                                                    name, compatible.error().client_text()));
        }
    }
    TRY_ASSIGN(const auto table, find_document(api, kTableKind, name));
    if (table) {
        TRY_ASSIGN(const auto pair, read_pair(api, read.document, *table));
        if (!pair.findings.is_fine()) {
            return Error(Code::invalid, fmt::format("Invalid schema: {}. Reason: {}", name,
                                                    pair.findings.result().error().client_text()));
        }
        TRY(put_table(api, pair, read.document, *table, call.stamp));
    } else {
        TRY(store(api, kSchemaKind, name, read.document));
    }
    return status_answer(fmt::format("{} successfully added", name), read.findings);
}

Result<Response> add(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(auto read, read_body(call));
    const std::lock_guard lock(api.changing);
    TRY_ASSIGN(const auto before, find_document(api, kSchemaKind, read.schema.name));
    if (before && !call.flag("override", true)) {
        return Error(Code::conflict, fmt::format("Schema: {} already exists", read.schema.name));
    }
    return put(api, call, std::move(read), call.flag("force", false));
}

Result<Response> update(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(auto read, read_body(call));
    if (read.schema.name != call.name) {
        return Error(Code::invalid,
                     fmt::format("Schema name mismatch for uploaded schema, tried to add schema "
                                 "with name {} as {}",
                                 read.schema.name, call.name));
    }
    const std::lock_guard lock(api.changing);
    TRY_ASSIGN(const auto before, find_document(api, kSchemaKind, call.name));
    if (!before) {
        return Error(Code::not_found, fmt::format("Failed to find schema {}", call.name));
    }
    return put(api, call, std::move(read), call.flag("force", false));
}

Result<Response> validate(const PinotApi& /*api*/, const PinotCall& call) {
    TRY_ASSIGN(const auto read, read_body(call));
    return json_answer(read.document);
}

Result<Response> list(const PinotApi& api, const PinotCall& /*call*/) {
    TRY_ASSIGN(const auto names, names_of(api, kSchemaKind));
    return json_answer(names);
}

Result<Response> get(const PinotApi& api, const PinotCall& call) {
    TRY_ASSIGN(const auto schema, find_document(api, kSchemaKind, call.name));
    if (!schema) return Error(Code::not_found, "Schema not found");
    return json_answer(*schema);
}

Result<Response> remove(const PinotApi& api, const PinotCall& call) {
    const std::lock_guard lock(api.changing);
    TRY_ASSIGN(const auto schema, find_document(api, kSchemaKind, call.name));
    if (!schema) return schema_not_found(call.name);
    TRY_ASSIGN(const auto table, find_document(api, kTableKind, call.name));
    if (table) {
        return Error(Code::conflict,
                     fmt::format("Cannot delete schema {}, as it is associated with table {}{}",
                                 call.name, call.name, kRealtimeSuffix));
    }
    TRY(api.ports.documents.change_documents(
        {.saved = {}, .removed = {document_key(api, kSchemaKind, call.name)}}));
    return status_answer(fmt::format("Schema {} deleted", call.name));
}

}  // namespace

void add_schema_endpoints(control::Router& router, const std::shared_ptr<const PinotApi>& api) {
    using enum PinotAccess;
    add_endpoint(router, api, "POST", "/schemas", change, add);
    add_endpoint(router, api, "GET", "/schemas", PinotAccess::read, list);
    add_endpoint(router, api, "GET", "/schemas/{schemaName}", PinotAccess::read, get);
    add_endpoint(router, api, "PUT", "/schemas/{schemaName}", change, update);
    add_endpoint(router, api, "DELETE", "/schemas/{schemaName}", change, remove);
    add_endpoint(router, api, "POST", "/schemas/validate", PinotAccess::read, validate);
}

}  // namespace millrace::pinot
