#include "api/control/rejects_resource.h"

#include <fmt/format.h>

#include <charconv>

#include "api/control/api_errors.h"
#include "api/control/body_text.h"
#include "api/control/paging.h"
#include "api/control/render.h"
#include "api/http/error_status.h"
#include "core/base/client_text.h"
#include "core/definitions/edit_context.h"
#include "core/mapping/utf8.h"
#include "core/model/import_origin.h"
#include "core/pipeline/secret_names.h"
#include "core/ports/slice_rows.h"

namespace millrace::control {
namespace {

constexpr std::string_view kList =
    "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/rejects";

// The values of a row that its table has refused, as its slice has them; base64 where one is not
// UTF-8.
Result<void> add_values(OrderedJson& json, const Reject& reject, const TableSpec& table) {
    SliceRowReader rows(table);
    rows.feed(reject.body);
    TRY_ASSIGN(const bool has_row, rows.next());
    if (!has_row) return Error(Code::corrupt, "a reject without its row");
    const auto& shape = rows.shape();
    const bool deletes = rows.operation() == RowOperation::erase;
    if (shape.has_operation || deletes) json["operation"] = to_string(rows.operation());
    auto values = OrderedJson::object();
    auto encoded = OrderedJson::object();
    for (std::size_t i = 0; i < shape.columns.size(); ++i) {
        const auto& name = table.columns[shape.columns[i]].name;
        const auto value = rows.value(i);
        if (!value) {
            values[name] = nullptr;
        } else if (mapping::is_valid_utf8(*value)) {
            values[name] = *value;
        } else {
            encoded[name] = encode_base64(*value);
        }
    }
    json["values"] = std::move(values);
    if (!encoded.empty()) json["valuesBase64"] = std::move(encoded);
    return {};
}

// A row that the database of its table has refused, when the rest of its file was imported.
Result<OrderedJson> render_refused(const Reject& reject, DefinitionCatalog& catalog) {
    TRY_ASSIGN(const auto origin, parse_import_origin(reject.origin));
    TRY_ASSIGN(const auto mapping,
               catalog.mapping({.sink = reject.sink, .mapping = origin.mapping}));
    OrderedJson json = {{"rejectId", fmt::format("{}", reject.number)},
                        {"arrivedAt", format_utc(reject.arrived_at)},
                        {"expiresAt", nullptr},
                        {"error", reject.error},
                        {"message", as_sentence(reject.message)},
                        {"tableId", mapping.table.text()},
                        {"fileId", to_string(origin.file)},
                        {"sliceId", to_string(origin.slice)},
                        {"row", origin.row}};
    TRY(add_values(json, reject, table_spec(mapping.table, mapping.columns))
            .in(fmt::format("reject {}", reject.number)));
    return json;
}

// When the reject will be forgotten, if the service runs until then.
WallTime end_of(const Reject& reject, const Instant& now) {
    return now.wall + (reject.expires_at - now.age);
}

// With secrets masked as in the list of requests, for whoever may read rows reads rejects too.
OrderedJson render_headers(const Reject& reject) {
    auto headers = OrderedJson::parse(reject.headers, nullptr, false);
    if (!headers.is_object()) return OrderedJson::object();
    for (auto& [name, value] : headers.items()) {
        if (pipeline::is_secret_header(name)) {
            value = pipeline::kMasked;
        } else if (value.is_string()) {
            value = pipeline::with_masked_url(value.get_ref<const std::string&>());
        }
    }
    return headers;
}

OrderedJson render_reject(const Reject& reject, const Instant& now) {
    OrderedJson json = {{"rejectId", fmt::format("{}", reject.number)},
                        {"arrivedAt", format_utc(reject.arrived_at)},
                        {"expiresAt", format_utc(end_of(reject, now))},
                        {"error", reject.error},
                        {"message", as_sentence(reject.message)},
                        {"column", reject.column},
                        {"clientIp", reject.client_ip},
                        {"contentType", reject.content_type},
                        {"headers", render_headers(reject)}};
    add_body(json, reject.body);
    return json;
}

Result<std::uint64_t> parse_after(const std::string& text) {
    std::uint64_t number = 0;
    if (text.empty()) return number;
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure == std::errc() && stop == end && number <= INT64_MAX) return number;
    return Error(Code::invalid,
                 fmt::format("invalid value \"{}\" for \"afterId\", must be a reject",
                             shortened(text, 60)))
        .named(kInvalidFieldType);
}

Result<Response> list(const RejectsApi& api, const Call& call) {
    TRY_ASSIGN(const auto page, parse_page(call.request));
    TRY_ASSIGN(const auto after, parse_after(page.after_id));
    TRY_ASSIGN(const auto sink, definitions::load(api.catalog, call.sink));
    TRY_ASSIGN(const auto found,
               api.rejects.rejects_of(sink.number, {.after = after, .limit = page.limit}));
    TRY_ASSIGN(const auto totals, api.rejects.reject_totals(sink.number));
    auto rejects = OrderedJson::array();
    const auto now = instant_of(api.clock);
    for (const auto& reject : found) {
        if (!is_of_import(reject)) {
            rejects.push_back(render_reject(reject, now));
            continue;
        }
        TRY_ASSIGN(auto json, render_refused(reject, api.catalog));
        rejects.push_back(std::move(json));
    }
    const auto last_id = found.empty() ? "" : fmt::format("{}", found.back().number);
    return json_response(200, {{"projectId", api.scope.project.value},
                               {"branchId", api.scope.branch.value},
                               {"sourceId", sink.key.source.source.value},
                               {"sinkId", sink.key.sink.value},
                               {"size", totals.bytes},
                               {"page", render_page(page, totals.count, last_id)},
                               {"rejects", std::move(rejects)}});
}

Result<Response> retry(const RejectsApi& api, const Call& call) {
    const auto key = call.sink;
    TRY(definitions::load(api.catalog, key));
    const auto work = [&api, key](const std::shared_ptr<TaskMark>& mark,
                                  const definitions::TaskRunner::Done& done) {
        api.retry.run(key, [mark, done](Result<definitions::RetryCounts> counts) {
            if (!counts.ok()) return done(std::move(counts).error());
            const auto& [accepted, rejected] = counts.value();
            mark->result = fmt::format("{} {} accepted, {} {} rejected still.", accepted,
                                       accepted == 1 ? "reject was" : "rejects were", rejected,
                                       rejected == 1 ? "is" : "are");
            done({});
        });
    };
    TRY_ASSIGN(const auto task, api.tasks.start({.operation = "retry.sinkRejects",
                                                 .source = key.source,
                                                 .sink = key.sink,
                                                 .success_text = "Rejects have been retried."},
                                                work));
    return task_response(task, api.scope);
}

Result<Response> remove(const RejectsApi& api, const Call& call) {
    TRY_ASSIGN(const auto sink, definitions::load(api.catalog, call.sink));
    TRY(api.rejects.delete_rejects(sink.number));
    return Response{.status = 204, .body = "", .content_type = "", .headers = {}};
}

}  // namespace

void add_rejects(Router& router, const RejectsApi& api) {
    const Routes<RejectsApi> routes(router, api);
    routes.add("GET", kList, list, {"afterId", "limit"});
    routes.add("DELETE", kList, remove);
    routes.add("POST", kList, "/retry", retry);
}

}  // namespace millrace::control
