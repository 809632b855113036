#include "api/control/receipts_resource.h"

#include <algorithm>

#include "api/control/api_errors.h"
#include "api/control/render.h"
#include "api/control/wait_request.h"
#include "core/accounts/receipt_trace.h"
#include "core/base/error_names.h"

namespace millrace::control {
namespace {

Error receipt_not_found() {
    return Error(Code::not_found, "The text is not a receipt of this service.")
        .named(error_names::kApiReceiptNotFound);
}

// Its numbers are of the other installation, which may have gone on with them after the backup.
Result<void> refuse_from_before(const ReceiptsApi& api, const VolumeId& volume) {
    if (!api.is_from_before || volume.value.empty()) return {};
    TRY_ASSIGN(const bool is_before, api.is_from_before(volume));
    if (!is_before) return {};
    return Error(
               Code::not_found,
               "The receipt is from before this installation was restored from a backup. Rows that "
               "were answered before the backup are in it; look for them in their table.")
        .named(error_names::kApiReceiptNotFound);
}

// Nothing where the sink and its mapping are gone.
std::optional<SinkKey> key_of(DefinitionCatalog& catalog, SinkNumber number) {
    const auto newest = catalog.newest_mapping(number);
    if (!newest.ok()) return std::nullopt;
    const auto snapshot = catalog.mapping({number, newest.value()});
    if (!snapshot.ok()) return std::nullopt;
    return snapshot.value().sink;
}

// Whether the source of the sink was deleted for good: else its table is there still.
Result<bool> is_purged(DefinitionCatalog& catalog, const SinkKey& key, SinkNumber number) {
    if (key.sink.value.empty()) return false;  // of a load into a table
    TRY_ASSIGN(const auto sink, catalog.find_sink(key));
    return !sink || sink->number != number;
}

Result<OrderedJson> render_trace(DefinitionCatalog& catalog, const accounts::SinkTrace& trace) {
    auto json = OrderedJson::object();
    auto state = trace.state;
    if (const auto key = key_of(catalog, trace.sink.number)) {
        json["sourceId"] = key->source.source.value;
        json["sinkId"] = key->sink.value;
        if (state == accounts::RowsState::target) {
            TRY_ASSIGN(const bool purged, is_purged(catalog, *key, trace.sink.number));
            if (purged) state = accounts::RowsState::deleted;
        }
    }
    json["state"] = to_string(state);
    const bool has_file = trace.file && state != accounts::RowsState::deleted;
    if (has_file) json["fileId"] = to_string(*trace.file);
    if (trace.sink.has_kept) json["keptRejects"] = true;
    if (trace.sink.has_refused) json["refused"] = true;
    return json;
}

bool is_done(const std::vector<accounts::SinkTrace>& traces) {
    return std::all_of(traces.begin(), traces.end(),
                       [](const accounts::SinkTrace& trace) { return trace.is_done(); });
}

Result<Response> get(const ReceiptsApi& api, const Call& call) {
    TRY_ASSIGN(const auto wait, parse_wait(call.request));
    const auto receipt = decode_receipt(call.path.receipt);
    if (!receipt) return receipt_not_found();
    TRY(refuse_from_before(api, receipt->volume));
    const auto steps_seen = api.progress.steps();
    TRY_ASSIGN(const auto traces, accounts::trace(*receipt, api.journal, api.lifecycle));
    if (wait > Milliseconds{0} && !is_done(traces)) {
        TRY_ASSIGN(auto waiting, wait_on(api.progress, call.request, wait, steps_seen));
        if (waiting) return Response{.waiting = std::move(waiting)};
    }

    auto sinks = OrderedJson::array();
    for (const auto& trace : traces) {
        TRY_ASSIGN(auto one, render_trace(api.catalog, trace));
        sinks.push_back(std::move(one));
    }
    OrderedJson json = {{"projectId", api.scope.project.value},
                        {"branchId", api.scope.branch.value},
                        {"receipt", call.path.receipt},
                        {"ack", to_string(receipt->ack)},
                        {"arrivedAt", format_utc(receipt->arrived_at)}};
    if (!receipt->volume.value.empty()) {
        json["volume"] = api.journal.volume_name(receipt->volume);
    }
    json["done"] = is_done(traces);
    json["sinks"] = std::move(sinks);
    return json_response(200, std::move(json));
}

}  // namespace

void add_receipts(Router& router, const ReceiptsApi& api) {
    Routes<ReceiptsApi>(router, api)
        .add("GET", "/v1/branches/{branchId}/receipts/{receipt}", get, {"wait"});
}

}  // namespace millrace::control
