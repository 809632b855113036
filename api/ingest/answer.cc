#include "api/ingest/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "api/http/error_status.h"
#include "api/ingest/pretty_json.h"
#include "core/base/client_text.h"
#include "core/base/error_names.h"

namespace millrace::ingest {
namespace {

constexpr std::string_view kRetryAfter = "Retry-After: 1\r\n";
constexpr std::string_view kRetryAfterDiskFull = "Retry-After: 10\r\n";
constexpr std::string_view kNotKept =
    " It could not be kept: the rejects of the sink are full, or storing them failed.";
constexpr std::string_view kCors =
    "Allow: OPTIONS, POST\r\n"
    "Access-Control-Allow-Methods: OPTIONS, POST\r\n"
    "Access-Control-Allow-Headers: *, Authorization\r\n";  // which * does not mean
// One sink of a report.
struct SinkResult {
    int status = 200;
    std::string error;    // empty: none
    std::string message;  // a sentence, or "processed", "accepted", "kept as a reject"
    std::string warning;  // a sentence; empty: none
};

using pipeline::RejectOutcome;
using Refusal = pipeline::Acceptance::Refusal;

bool is_kept(const Refusal& refusal, RejectOutcome rejects) {
    return refusal.is_kept && rejects == RejectOutcome::kept;
}

SinkResult result_of(const pipeline::SinkRoute& sink, const Asked& asked) {
    if (waits_for_sync(sink, asked))
        return {.status = 200, .error = {}, .message = "processed", .warning = {}};
    return {.status = 202, .error = {}, .message = "accepted", .warning = {}};
}

SinkResult result_of(const Refusal& refusal, RejectOutcome rejects) {
    auto text = as_sentence(refusal.error.client_text());
    if (is_kept(refusal, rejects)) {
        return {
            .status = 200, .error = {}, .message = "kept as a reject", .warning = std::move(text)};
    }
    if (refusal.is_kept) text += kNotKept;
    const auto& name = refusal.error.name();
    return {
        .status = http::status_of(refusal.error),
        .error = std::string(name.empty() ? error_names::kInGenericError : std::string_view(name)),
        .message = std::move(text),
        .warning = {}};
}

// What a request has come to.
struct Outcome {
    int status = 200;
    std::size_t refused = 0;  // sinks
};

Outcome outcome_of(const pipeline::Acceptance& acceptance, RejectOutcome rejects,
                   const Asked& asked) {
    Outcome outcome;
    if (acceptance.rows > 0) outcome.status = status_of_rows(acceptance, asked);
    for (const auto& refusal : acceptance.refusals) {
        if (is_kept(refusal, rejects)) continue;
        ++outcome.refused;
        outcome.status = std::max(outcome.status, http::status_of(refusal.error));
    }
    return outcome;
}

std::string summary(const pipeline::SourceRoute& route, const Outcome& outcome) {
    if (route.sinks.empty()) return "No enabled sink found.";
    const auto all = route.sinks.size();
    if (outcome.refused == 0) return fmt::format("Successfully written to {}/{} sinks.", all, all);
    return fmt::format("Written to {}/{} sinks.", all - outcome.refused, all);
}

void add_outcome(PrettyJson& json, const pipeline::SourceRoute& route, const Outcome& outcome) {
    json.member("statusCode", static_cast<std::uint64_t>(outcome.status));
    if (outcome.refused > 0) json.member("error", error_names::kInWriteFailed);
    json.member("message", summary(route, outcome));
}

void add_sinks(PrettyJson& json, const pipeline::SourceRoute& route,
               const pipeline::Acceptance& acceptance, RejectOutcome rejects, const Asked& asked) {
    json.key("sinks");
    json.open('[');
    auto refusal = acceptance.refusals.begin();
    for (std::size_t i = 0; i < route.sinks.size(); ++i) {
        const bool refused = refusal != acceptance.refusals.end() && refusal->sink == i;
        const auto result =
            refused ? result_of(*refusal++, rejects) : result_of(route.sinks[i], asked);
        json.item();
        json.open('{');
        json.member("sinkId", route.sinks[i].sink.value);
        json.member("statusCode", static_cast<std::uint64_t>(result.status));
        if (!result.error.empty()) json.member("error", result.error);
        json.member("message", result.message);
        if (!result.warning.empty()) json.member("warning", result.warning);
        json.close('}');
    }
    json.close(']');
}

}  // namespace

std::string_view retry_after(int status) {
    if (status == 507) return kRetryAfterDiskFull;
    return status == 503 ? kRetryAfter : "";
}

std::string receipt_headers(const Receipt& receipt) {
    return fmt::format("Ack: {}\r\nReceipt: {}\r\n", to_string(receipt.ack),
                       encode_receipt(receipt));
}

bool waits_for_sync(const pipeline::SinkRoute& sink, const Asked& asked) {
    return asked.ack ? *asked.ack == Ack::disk : sink.sync_wait;
}

Answer error_answer(const Error& error) {
    const auto status = http::status_of(error);
    const auto& name = error.name();
    return {.status = status,
            .media = Media::json,
            .headers = std::string(retry_after(status)),
            .body = http::error_body(status, name.empty() ? error_names::kInGenericError : name,
                                     as_sentence(error.client_text()))};
}

Answer journal_error_answer(const Error& error) {
    const auto named = [&](std::string_view name, std::string_view text) {
        return error_answer(Error(error.code(), std::string(text)).named(name));
    };
    if (error.name() == error_names::kInDiskFull) {
        return named(error_names::kInDiskFull, "The disk is full, please retry later.");
    }
    switch (error.code()) {
        case Code::overloaded:
            return named(error_names::kInVolumeBusy,
                         "Too many rows are waiting, please retry later.");
        case Code::too_large:
            return named(error_names::kInPayloadTooLarge, "The rows of the request are too large.");
        case Code::unknown_outcome:
            return named(error_names::kInUnknownOutcome,
                         "Writing failed in the middle: the rows may have been stored.");
        case Code::unavailable:
        case Code::invalid:
        case Code::not_found:
        case Code::conflict:
        case Code::unauthorized:
        case Code::corrupt:
        case Code::internal:
            break;
    }
    // Whatever else: the volume did not take the rows.
    return error_answer(Error(Code::unavailable, "The volume has failed and takes no rows.")
                            .named(error_names::kInVolumeFailed));
}

bool needs_report(const pipeline::Acceptance& acceptance, RejectOutcome rejects,
                  const Asked& asked) {
    return asked.verbose ||
           std::any_of(acceptance.refusals.begin(), acceptance.refusals.end(),
                       [rejects](const auto& refusal) { return !is_kept(refusal, rejects); });
}

Answer report(const pipeline::SourceRoute& route, const pipeline::Acceptance& acceptance,
              RejectOutcome rejects, const Asked& asked) {
    const auto outcome = outcome_of(acceptance, rejects, asked);
    PrettyJson json;
    json.open('{');
    add_outcome(json, route, outcome);
    if (!route.sinks.empty()) {
        json.key("sources");
        json.open('[');
        json.item();
        json.open('{');
        json.member("projectId", std::uint64_t{route.key.project.value});
        json.member("sourceId", route.key.source.value);
        json.member("branchId", std::uint64_t{route.key.branch.value});
        add_outcome(json, route, outcome);
        add_sinks(json, route, acceptance, rejects, asked);
        json.close('}');
        json.close(']');
    }
    json.close('}');
    return {.status = outcome.status,
            .media = Media::json,
            .headers = std::string(retry_after(outcome.status)),
            .body = std::move(json).take()};
}

Answer method_not_allowed(std::string_view allow_header) {
    return {.status = 405, .media = Media::none, .headers = std::string(allow_header), .body = {}};
}

Answer too_many_records(const policy::RateLimit& exceeded, Milliseconds wait) {
    auto answer = error_answer(
        Error(Code::overloaded, "The source takes no more at the moment, please retry later.")
            .named(error_names::kInRateLimited));
    const auto seconds = (wait.count() + 999) / 1000;
    answer.headers = fmt::format(
        "Retry-After: {0}\r\nRateLimit-Limit: {1}\r\nRateLimit-Remaining: 0\r\n"
        "RateLimit-Reset: {0}\r\n",
        seconds, exceeded.per_second());
    return answer;
}

Answer unsupported_content_encoding() {
    auto answer = error_answer(
        Error(Code::invalid, "Unsupported Content-Encoding, supported are gzip, deflate and zstd.")
            .named(error_names::kInUnsupportedContentEncoding));
    answer.headers = "Accept-Encoding: gzip, deflate, zstd\r\n";  // RFC 9110 12.5.3
    return answer;
}

Answer cors_preflight() {
    return {.status = 200,
            .media = Media::none,
            .headers = std::string(kCors),
            .body = {},
            .cross_origin = true};
}

}  // namespace millrace::ingest
