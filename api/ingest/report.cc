#include "api/ingest/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "api/doors/door_answer.h"
#include "api/doors/pretty_json.h"
#include "api/http/error_status.h"
#include "api/http/outcome_status.h"
#include "core/base/client_text.h"
#include "core/base/error_names.h"
#include "core/model/http_settings.h"

namespace millrace::ingest {
namespace {

using pipeline::Request;
using pipeline::SinkRoute;

constexpr std::string_view kAllDefaults =
    "Every path of the sink fell back to its default: the body has none of them.";

// Whether the request is accepted because one sink has taken it, whatever others say.
bool is_enough(const Request& request) {
    const auto& outcome = request.outcome;
    return http::is_one_sink_enough(outcome, true) &&
           resolve_http_settings(request.route->kind_settings).is_one_sink_enough;
}

// What a record is called, and its number's key: `number` of a line is the line.
std::string_view noun_of(RecordForm form) {
    return form == RecordForm::lines ? "line" : "record";
}

std::string_view name_of(const Error& error) {
    return error.name().empty() ? error_names::kInGenericError : error.name();
}

// The rows of the sink are durable before the answer.
bool waits_for_sync(const Request& request, const SinkRoute& sink) {
    return request.ack ? *request.ack == Ack::disk : sink.sync_wait;
}

SinkOutcome outcome_of(const Request& request, std::size_t sink) {
    const auto& outcome = request.outcome;
    return outcome.sinks.empty() ? SinkOutcome{.accepted = outcome.records} : outcome.sinks[sink];
}

void add_summary(doors::PrettyJson& json, const Request& request, int status) {
    const auto& sinks = request.outcome.sinks;
    const auto all = request.route->sinks.size();
    const auto refused = static_cast<std::size_t>(std::count_if(
        sinks.begin(), sinks.end(), [](const SinkOutcome& sink) { return sink.refused; }));
    json.member("statusCode", static_cast<std::uint64_t>(status));
    if (refused > 0 && status >= 400) json.member("error", error_names::kInWriteFailed);
    if (all == 0) {
        json.member("message", "No enabled sink found.");
    } else if (refused == 0) {
        json.member("message", fmt::format("Successfully written to {}/{} sinks.", all, all));
    } else {
        json.member("message", fmt::format("Written to {}/{} sinks.", all - refused, all));
    }
    if (request.form == RecordForm::single) return;
    json.member("accepted", request.outcome.accepted);
    json.member("rejected", request.outcome.rejected());
}

// Why the sink has taken nothing.
void add_refusal(doors::PrettyJson& json, const SinkOutcome& sink, RecordForm form) {
    const auto& first = sink.problems.front();
    json.member("statusCode", static_cast<std::uint64_t>(http::status_of(first.error)));
    json.member("error", name_of(first.error));
    const auto& text = first.error.client_text();
    auto message = as_sentence(form == RecordForm::single
                                   ? text
                                   : fmt::format("{} {}: {}", noun_of(form), first.number, text));
    if (sink.is_full) message += doors::kRejectsFull;
    json.member("message", message);
}

void add_problems(doors::PrettyJson& json, const SinkOutcome& sink, RecordForm form) {
    json.member("accepted", sink.accepted);
    json.member("rejected", sink.rejected);
    if (sink.kept > 0) json.member("kept", sink.kept);
    if (sink.defaulted > 0) json.member("defaulted", sink.defaulted);
    if (sink.problems.empty()) return;
    json.key(sink.kept > 0 ? "warnings" : "errors");
    json.open('[');
    for (const auto& problem : sink.problems) {
        json.item();
        json.open('{');
        json.member(noun_of(form), problem.number);
        json.member("error", name_of(problem.error));
        json.member("message", as_sentence(problem.error.client_text()));
        json.close('}');
    }
    json.close(']');
}

void add_sink(doors::PrettyJson& json, const Request& request, std::size_t index) {
    const auto& route = request.route->sinks[index];
    const auto sink = outcome_of(request, index);
    const bool is_kept_alone = request.form == RecordForm::single && sink.kept > 0;
    json.item();
    json.open('{');
    json.member("sinkId", route.sink.value);
    if (sink.refused) {
        add_refusal(json, sink, request.form);
    } else if (is_kept_alone) {
        json.member("statusCode", std::uint64_t{200});
        json.member("message", "kept as a reject");
        json.member("warning", as_sentence(sink.problems.front().error.client_text()));
    } else {
        const bool waits = waits_for_sync(request, route);
        json.member("statusCode", std::uint64_t{waits ? 200U : 202U});
        json.member("message", waits ? "processed" : "accepted");
        if (sink.defaulted > 0 && request.form == RecordForm::single) {
            json.member("warning", kAllDefaults);
        }
    }
    if (request.form != RecordForm::single) add_problems(json, sink, request.form);
    json.close('}');
}

}  // namespace

int status_of(const Request& request) {
    return http::status_of(request.outcome, is_enough(request));
}

bool needs_report(const Request& request, bool verbose) {
    return verbose || (request.outcome.rejected() > 0 && !is_enough(request));
}

http::Answer report(const Request& request) {
    const auto status = status_of(request);
    const auto& route = *request.route;
    doors::PrettyJson json;
    json.open('{');
    add_summary(json, request, status);
    if (!route.sinks.empty()) {
        json.key("sources");
        json.open('[');
        json.item();
        json.open('{');
        json.member("projectId", std::uint64_t{route.key.project.value});
        json.member("sourceId", route.key.source.value);
        json.member("branchId", std::uint64_t{route.key.branch.value});
        add_summary(json, request, status);
        json.key("sinks");
        json.open('[');
        for (std::size_t i = 0; i < route.sinks.size(); ++i) add_sink(json, request, i);
        json.close(']');
        json.close('}');
        json.close(']');
    }
    json.close('}');
    return {.status = status,
            .media = http::Media::json,
            .headers = std::string(doors::retry_after(status)),
            .body = std::move(json).take()};
}

}  // namespace millrace::ingest
