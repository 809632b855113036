#include "api/control/requests_resource.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <string>
#include <utility>

#include "api/control/api_errors.h"
#include "api/control/body_text.h"
#include "api/control/paging.h"
#include "api/control/render.h"
#include "api/control/wait_request.h"
#include "api/http/outcome_status.h"
#include "core/base/client_text.h"
#include "core/base/utf8_sequence.h"
#include "core/definitions/edit_context.h"
#include "core/model/recent_settings.h"

namespace millrace::control {
namespace {

using pipeline::SeenEnd;
using pipeline::SeenRequest;
using pipeline::SourceTap;

constexpr std::uint32_t kRequestsUsually = 20;
constexpr std::uint32_t kRequestsMax = 100;
constexpr std::size_t kSequenceMax = 4;  // bytes of UTF-8

std::string_view name_of(const Error& error) {
    return error.name().empty() ? error_names::kInGenericError : std::string_view(error.name());
}

// The first thing that was wrong with the request; null: nothing was.
const Error* first_error(const Outcome& outcome) {
    if (outcome.error) return &*outcome.error;
    for (const auto& sink : outcome.sinks) {
        if (!sink.problems.empty()) return &sink.problems.front().error;
    }
    return nullptr;
}

// What is wrong with an event may quote it, and then is for those who see bodies.
std::string message_of(const Error& error, bool is_body_shown) {
    if (!is_body_shown && error.code() == Code::invalid) {
        return "Shown to administrators only, as it may quote the body.";
    }
    return as_sentence(error.client_text());
}

// Of one that came before only its sender was told how it ended then. A topic has no statuses.
std::optional<int> status_code(const SeenRequest& request, const SourceKindName& kind) {
    if (kind == kKafkaSource || request.is_duplicate) return std::nullopt;
    // A batch of OpenTelemetry is taken, and its answer counts what was not.
    if (kind == kOtlpSource && !request.outcome.error) return 200;
    return http::status_of(request.outcome, request.is_one_sink_enough);
}

// What is cut amid a sequence of UTF-8 is cut before it.
std::string_view whole_characters(std::string_view begin) {
    const auto invalid = find_invalid_utf8(begin);
    return begin.size() - invalid < kSequenceMax ? begin.substr(0, invalid) : begin;
}

void add_body_of(OrderedJson& json, const SeenRequest& request, bool is_shown) {
    json["bodyBytes"] = request.body_bytes;
    if (!is_shown) {
        json["isBodyHidden"] = true;
        return;
    }
    const bool is_cut = request.body.size() < request.body_bytes;
    add_body(json, is_cut ? whole_characters(request.body) : std::string_view(request.body));
    json["isBodyCut"] = is_cut;
}

OrderedJson render_headers(const std::vector<pipeline::SeenHeader>& headers) {
    auto array = OrderedJson::array();
    for (const auto& header : headers) {
        OrderedJson json = {{"name", header.name},
                            {"value", header.is_masked ? "***" : header.value}};
        if (header.is_masked) json["isMasked"] = true;
        array.push_back(std::move(json));
    }
    return array;
}

std::string_view end_of_sink(const SinkOutcome& sink) {
    if (sink.rejected > 0) return to_string(sink.accepted > 0 ? SeenEnd::partly : SeenEnd::refused);
    return to_string(sink.kept > 0 ? SeenEnd::kept : SeenEnd::accepted);
}

OrderedJson render_sinks(const SeenRequest& request, bool is_body_shown) {
    auto array = OrderedJson::array();
    const auto& outcome = request.outcome;
    if (outcome.error || request.is_duplicate) return array;
    for (std::size_t i = 0; i < request.sinks.size(); ++i) {
        const auto sink =
            outcome.sinks.empty() ? SinkOutcome{.accepted = outcome.records} : outcome.sinks[i];
        auto problems = OrderedJson::array();
        for (const auto& problem : sink.problems) {
            // As in the report of the answer: of lines those without a record count too.
            problems.push_back(
                {{request.form == RecordForm::lines ? "line" : "record", problem.number},
                 {"error", name_of(problem.error)},
                 {"message", message_of(problem.error, is_body_shown)}});
        }
        array.push_back({{"sinkId", request.sinks[i].value},
                         {"status", end_of_sink(sink)},
                         {"accepted", sink.accepted},
                         {"rejected", sink.rejected},
                         {"kept", sink.kept},
                         {"problems", std::move(problems)}});
    }
    return array;
}

OrderedJson render_request(const SeenRequest& request, const SourceKindName& kind,
                           bool is_body_shown) {
    OrderedJson json = {{"id", fmt::format("{}", request.number)},
                        {"at", format_utc(request.arrived_at)},
                        {"status", to_string(end_of(request))}};
    if (const auto code = status_code(request, kind)) json["statusCode"] = *code;
    const auto& outcome = request.outcome;
    if (const auto* const error = first_error(outcome)) {
        json["error"] = name_of(*error);
        json["message"] = message_of(*error, is_body_shown);
    }
    json["clientIp"] = request.client_ip;
    if (request.place) {
        json["kafka"] = {{"topic", request.place->topic},
                         {"partition", request.place->partition},
                         {"offset", request.place->offset}};
    }
    json["contentType"] = request.content_type;
    if (!request.query.empty()) json["query"] = request.query;
    json["headers"] = render_headers(request.headers);
    add_body_of(json, request, is_body_shown);
    const bool is_taken = !outcome.error;
    json["records"] = outcome.records;
    json["accepted"] = is_taken ? outcome.accepted : 0;
    json["kept"] = is_taken ? outcome.kept : 0;
    if (!request.receipt.empty()) json["receipt"] = request.receipt;
    json["sinks"] = render_sinks(request, is_body_shown);
    return json;
}

Result<SourceTap::Wanted> parse_wanted(const Request& request) {
    const auto given = request.query.find("status");
    if (given == request.query.end() || given->second == "all") return SourceTap::Wanted::all;
    if (given->second == "accepted") return SourceTap::Wanted::accepted;
    if (given->second == "refused") return SourceTap::Wanted::not_accepted;
    return Error(Code::invalid,
                 fmt::format("Value of status must be one of \"all\", \"accepted\", \"refused\" "
                             "but got value \"{}\".",
                             shortened(given->second, 60)))
        .named(kInvalidEnumValue);
}

Result<std::uint64_t> parse_after(const Request& request) {
    std::uint64_t number = 0;
    const auto given = request.query.find("after");
    if (given == request.query.end() || given->second.empty()) return number;
    const auto& text = given->second;
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (failure == std::errc() && stop == end) return number;
    return Error(Code::invalid,
                 fmt::format("invalid value \"{}\" for \"after\", must be the id of a request",
                             shortened(text, 60)))
        .named(kInvalidFieldType);
}

struct Asked {
    SourceTap::Wanted wanted;
    std::uint64_t after;
    std::uint32_t limit;
    Milliseconds wait;
};

Result<Asked> parse_asked(const Request& request) {
    Asked asked{};
    TRY_ASSIGN(asked.wanted, parse_wanted(request));
    TRY_ASSIGN(asked.after, parse_after(request));
    TRY_ASSIGN(asked.limit, parse_limit(request, kRequestsUsually, kRequestsMax));
    TRY_ASSIGN(asked.wait, parse_wait(request));
    return asked;
}

SourceTap::Found look(SourceTap& tap, const Asked& asked) {
    tap.watch();  // before the look: what comes after it is told of
    auto found = tap.newest(asked.wanted, asked.after, asked.limit);
    // An id that is above all is of a process whose clock was ahead: everything is newer.
    if (asked.after > found.newest && found.newest > 0) {
        found = tap.newest(asked.wanted, 0, asked.limit);
    }
    return found;
}

Result<Response> list(const RequestsApi& api, const Call& call) {
    TRY_ASSIGN(const auto asked, parse_asked(call.request));
    TRY_ASSIGN(const auto source, definitions::load(api.catalog, call.source));
    const bool is_recording =
        resolve_recent_requests({.node = api.node, .source = source.settings});
    const auto steps_seen = api.progress.steps();
    const auto tap = is_recording ? api.recent.of(source.key) : nullptr;
    const auto found = tap == nullptr ? SourceTap::Found() : look(*tap, asked);
    if (tap != nullptr && found.requests.empty() && asked.wait > Milliseconds{0}) {
        TRY_ASSIGN(auto waiting, wait_on(api.progress, call.request, asked.wait, steps_seen));
        if (waiting) return Response{.waiting = std::move(waiting)};
    }
    auto requests = OrderedJson::array();
    for (const auto& request : found.requests) {
        requests.push_back(render_request(*request, source.kind, call.is_admin));
    }
    return json_response(200, {{"projectId", api.scope.project.value},
                               {"branchId", api.scope.branch.value},
                               {"sourceId", source.key.source.value},
                               {"isRecording", is_recording},
                               {"lastId", fmt::format("{}", found.newest)},
                               {"requests", std::move(requests)}});
}

}  // namespace

void add_requests(Router& router, const RequestsApi& api) {
    Routes<RequestsApi>(router, api)
        .add("GET", "/v1/branches/{branchId}/sources/{sourceId}/requests", list,
             {"status", "limit", "after", "wait"});
}

}  // namespace millrace::control
