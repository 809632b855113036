#include "api/ingest/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <cstddef>
#include <iterator>

#include "api/http/error_status.h"
#include "api/ingest/pretty_json.h"

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
constexpr std::string_view kCrossOrigin =
    "Access-Control-Expose-Headers: *\r\n"
    "Access-Control-Allow-Origin: *\r\n";

std::string_view connection_header(const Framing& framing) {
    if (!framing.keep_alive) return "Connection: close\r\n";
    return framing.is_http_11 ? "" : "Connection: keep-alive\r\n";
}

std::string_view media_header(Media media) {
    switch (media) {
        case Media::none:
            return "";
        case Media::text:
            return "Content-Type: text/plain\r\n";
        case Media::json:
            return "Content-Type: application/json\r\n";
    }
    return "";
}

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
    auto text = http::as_sentence(refusal.error.client_text());
    if (is_kept(refusal, rejects)) {
        return {
            .status = 200, .error = {}, .message = "kept as a reject", .warning = std::move(text)};
    }
    if (refusal.is_kept) text += kNotKept;
    const auto& name = refusal.error.name();
    return {.status = http::status_of(refusal.error),
            .error = name.empty() ? "stream.in.genericError" : name,
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
    if (outcome.refused > 0) json.member("error", "stream.in.writeFailed");
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

void append_answer(std::string& out, const Answer& answer, const Framing& framing) {
    const auto reason = boost::beast::http::obsolete_reason(
        boost::beast::http::int_to_status(static_cast<unsigned>(answer.status)));
    fmt::format_to(std::back_inserter(out),
                   "HTTP/1.1 {} {}\r\nServer: millrace\r\n{}{}{}{}Content-Length: {}\r\n\r\n",
                   answer.status, std::string_view(reason.data(), reason.size()),
                   media_header(answer.media), answer.headers,
                   framing.cross_origin || answer.cross_origin ? kCrossOrigin : "",
                   connection_header(framing), answer.body.size());
    if (!framing.head_only) out += answer.body;
}

void append_plain_ok(std::string& out, int status, std::string_view headers,
                     const Framing& framing) {
    static constexpr std::string_view kEnd = "\r\nOK";
    static const auto heads = [] {
        std::array<std::string, 16> all;
        for (std::size_t i = 0; i < all.size(); ++i) {
            append_answer(all[i], text_answer((i & 4) != 0 ? 202 : 200, "OK"),
                          {.is_http_11 = (i & 2) != 0,
                           .keep_alive = (i & 1) != 0,
                           .cross_origin = (i & 8) != 0});
            all[i].resize(all[i].size() - kEnd.size());
        }
        return all;
    }();
    out += heads[(framing.cross_origin ? 8U : 0U) | (status == 202 ? 4U : 0U) |
                 (framing.is_http_11 ? 2U : 0U) | (framing.keep_alive ? 1U : 0U)];
    out += headers;
    out += kEnd;
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
            .body = http::error_body(status, name.empty() ? "stream.in.genericError" : name,
                                     http::as_sentence(error.client_text()))};
}

Answer journal_error_answer(const Error& error) {
    const auto named = [&](std::string_view name, std::string_view text) {
        return error_answer(Error(error.code(), std::string(text)).named(name));
    };
    if (error.name() == "stream.in.diskFull") {
        return named("stream.in.diskFull", "The disk is full, please retry later.");
    }
    switch (error.code()) {
        case Code::overloaded:
            return named("stream.in.volumeBusy", "Too many rows are waiting, please retry later.");
        case Code::too_large:
            return named("stream.in.payloadTooLarge", "The rows of the request are too large.");
        case Code::unknown_outcome:
            return named("stream.in.unknownOutcome",
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
                            .named("stream.in.volumeFailed"));
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

Answer text_answer(int status, std::string_view body) {
    return {.status = status, .media = Media::text, .headers = {}, .body = std::string(body)};
}

Answer method_not_allowed(std::string_view allow_header) {
    return {.status = 405, .media = Media::none, .headers = std::string(allow_header), .body = {}};
}

Answer too_many_records(const policy::RateLimit& exceeded, Milliseconds wait) {
    auto answer = error_answer(
        Error(Code::overloaded, "The source takes no more at the moment, please retry later.")
            .named("stream.in.rateLimited"));
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
            .named("stream.in.unsupportedContentEncoding"));
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
