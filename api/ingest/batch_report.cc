#include "api/ingest/batch_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "api/http/error_status.h"
#include "api/ingest/pretty_json.h"
#include "core/base/client_text.h"
#include "core/base/error_names.h"

namespace millrace::ingest {
namespace {

using pipeline::BatchAcceptance;
using pipeline::RejectOutcome;
using pipeline::SourceRoute;

// What a record is called, and its number's key: `number` of a line is the line.
std::string_view noun_of(RecordForm form) {
    return form == RecordForm::lines ? "line" : "record";
}

// The acceptance as it is when its rejects were not kept: what was taken as kept is refused.
BatchAcceptance without_kept(const BatchAcceptance& acceptance) {
    BatchAcceptance left;
    left.form = acceptance.form;
    left.sinks = acceptance.sinks;
    left.records = acceptance.records;
    left.accepted = acceptance.accepted - acceptance.kept;
    left.has_synced = acceptance.has_synced;
    left.has_unsynced = acceptance.has_unsynced;
    for (auto& sink : left.sinks) {
        sink.refused = sink.refused || sink.kept > 0;
        sink.accepted -= sink.refused ? std::min(sink.accepted, sink.kept) : 0;
        sink.rejected = left.records - sink.accepted;
        sink.kept = 0;
    }
    return left;
}

int status_of(const SourceRoute& route, const BatchAcceptance& acceptance, const Asked& asked) {
    int status = acceptance.has_rows() ? status_of_rows(acceptance, asked) : 200;
    for (std::size_t i = 0; i < route.sinks.size(); ++i) {
        const auto& sink = acceptance.sinks[i];
        if (sink.refused) status = std::max(status, http::status_of(sink.bad.front().error));
    }
    return status;
}

void add_outcome(PrettyJson& json, int status, const SourceRoute& route,
                 const BatchAcceptance& acceptance) {
    const auto all = route.sinks.size();
    const auto refused = static_cast<std::size_t>(
        std::count_if(acceptance.sinks.begin(), acceptance.sinks.end(),
                      [](const BatchAcceptance::Sink& sink) { return sink.refused; }));
    json.member("statusCode", static_cast<std::uint64_t>(status));
    if (refused > 0) json.member("error", error_names::kInWriteFailed);
    if (all == 0) {
        json.member("message", "No enabled sink found.");
    } else if (refused == 0) {
        json.member("message", fmt::format("Successfully written to {}/{} sinks.", all, all));
    } else {
        json.member("message", fmt::format("Written to {}/{} sinks.", all - refused, all));
    }
}

void add_counts(PrettyJson& json, std::uint64_t accepted, std::uint64_t rejected) {
    json.member("accepted", accepted);
    json.member("rejected", rejected);
}

std::string name_of(const Error& error) {
    return std::string(error.name().empty() ? error_names::kInGenericError
                                            : std::string_view(error.name()));
}

void add_sink(PrettyJson& json, const pipeline::SinkRoute& route, const BatchAcceptance::Sink& sink,
              RecordForm form, const Asked& asked) {
    json.item();
    json.open('{');
    json.member("sinkId", route.sink.value);
    if (sink.refused) {
        const auto& first = sink.bad.front();
        json.member("statusCode", static_cast<std::uint64_t>(http::status_of(first.error)));
        json.member("error", name_of(first.error));
        json.member("message", as_sentence(fmt::format("{} {}: {}", noun_of(form), first.number,
                                                       first.error.client_text())));
    } else {
        const bool waits = waits_for_sync(route, asked);
        json.member("statusCode", std::uint64_t{waits ? 200U : 202U});
        json.member("message", waits ? "processed" : "accepted");
    }
    add_counts(json, sink.accepted, sink.rejected);
    if (sink.kept > 0) json.member("kept", sink.kept);
    if (!sink.bad.empty()) {
        json.key(sink.kept > 0 ? "warnings" : "errors");
        json.open('[');
        for (const auto& bad : sink.bad) {
            json.item();
            json.open('{');
            json.member(noun_of(form), bad.number);
            json.member("error", name_of(bad.error));
            json.member("message", as_sentence(bad.error.client_text()));
            json.close('}');
        }
        json.close(']');
    }
    json.close('}');
}

}  // namespace

bool needs_report(const BatchAcceptance& acceptance, RejectOutcome rejects, const Asked& asked) {
    const bool lost = rejects == RejectOutcome::not_kept && !acceptance.rejects.items.empty();
    return asked.verbose || lost || acceptance.rejected() > 0;
}

Answer report(const SourceRoute& route, const BatchAcceptance& acceptance, RejectOutcome rejects,
              const Asked& asked) {
    if (rejects == RejectOutcome::not_kept) {
        return report(route, without_kept(acceptance), RejectOutcome::kept, asked);
    }
    const auto status = status_of(route, acceptance, asked);
    PrettyJson json;
    json.open('{');
    add_outcome(json, status, route, acceptance);
    add_counts(json, acceptance.accepted, acceptance.rejected());
    if (!route.sinks.empty()) {
        json.key("sources");
        json.open('[');
        json.item();
        json.open('{');
        json.member("projectId", std::uint64_t{route.key.project.value});
        json.member("sourceId", route.key.source.value);
        json.member("branchId", std::uint64_t{route.key.branch.value});
        add_outcome(json, status, route, acceptance);
        add_counts(json, acceptance.accepted, acceptance.rejected());
        json.key("sinks");
        json.open('[');
        for (std::size_t i = 0; i < route.sinks.size(); ++i) {
            add_sink(json, route.sinks[i], acceptance.sinks[i], acceptance.form, asked);
        }
        json.close(']');
        json.close('}');
        json.close(']');
    }
    json.close('}');
    return {.status = status,
            .media = Media::json,
            .headers = std::string(retry_after(status)),
            .body = std::move(json).take()};
}

}  // namespace millrace::ingest
