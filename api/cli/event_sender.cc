#include "api/cli/event_sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "api/cli/interrupts.h"
#include "api/cli/readable.h"
#include "api/cli/text_table.h"
#include "core/base/duration.h"
#include "core/base/error_names.h"

namespace millrace::cli {
namespace {

using Steady = std::chrono::steady_clock;

constexpr Milliseconds kFirstPause{100};
constexpr Milliseconds kLongestPause{5000};
constexpr std::array kPassing = {408, 429, 500, 502, 503, 504, 507};

// Of a passing answer: whether the body may be stored, now or a little later.
bool may_store(const HttpReply& reply) {
    // A proxy that gives up says nothing of the service behind it.
    if (reply.status == 409 || reply.status == 502 || reply.status == 504) return true;
    return reply.body.find(error_names::kInUnknownOutcome) != std::string::npos;
}

// Whether the same request may have another answer a little later.
bool is_passing(const HttpReply& reply) {
    if (reply.status == 409) return reply.body.find("keyInFlight") != std::string::npos;
    return std::ranges::find(kPassing, reply.status) != kPassing.end();
}

std::string said_in(const HttpReply& reply) {
    const auto json = parse_json(reply.body).value_or(Json());
    const auto message = text_at(json, {"message"});
    if (message.empty() && !reply.location.empty()) {
        return fmt::format("status {}, which leads to {}: --ingest gives another address",
                           reply.status, reply.location);
    }
    return message.empty()
               ? fmt::format("status {}", reply.status)
               : fmt::format("{} ({} {})", message, reply.status, text_at(json, {"error"}));
}

ServerUrl origin_of(const ServerUrl& url) {
    return {.origin = url.origin, .path = {}};
}

// What a sink could not take.
void add_problems(const Json& sink, std::vector<Problem>& problems) {
    const auto& errors = member(sink, {"errors"});
    const auto id = text_at(sink, {"sinkId"});
    if (!errors.is_array() && count_at(sink, {"statusCode"}) >= 300) {
        problems.push_back({.text = fmt::format("sink {}: {}", id, text_at(sink, {"message"}))});
    }
    for (const auto& error : errors) {
        // Of an array it is the number of the item.
        const auto record = text_at(error, {"record"});
        problems.push_back(
            {.line = count_at(error, {"line"}),
             .text = fmt::format("{}sink {}: {}",
                                 record.empty() ? "" : fmt::format("record {}: ", record), id,
                                 text_at(error, {"message"}))});
    }
}

}  // namespace

Verdict verdict_of(const HttpReply& reply) {
    Verdict verdict{.status = reply.status, .error = {}, .problems = {}, .receipt = reply.receipt};
    const auto json = parse_json(reply.body).value_or(Json());
    if (verdict.is_refused()) verdict.error = text_at(json, {"error"});
    const auto& sources = member(json, {"sources"});
    const bool has_report = sources.is_array() && !sources.empty();
    const auto& report = has_report ? sources.front() : json;
    verdict.accepted = count_at(report, {"accepted"});
    verdict.refused = count_at(report, {"rejected"});
    // Of one record there are no counts.
    if (member(report, {"accepted"}).is_null() && !verdict.is_refused()) verdict.accepted = 1;
    // A source may have an answer of its own in place of the report.
    const bool is_stored = !reply.ack.empty() && reply.ack != "none";
    verdict.has_sinks = verdict.is_refused() || has_report || is_stored;
    for (const auto& sink : member(report, {"sinks"})) {
        const bool has_taken =
            count_at(sink, {"statusCode"}) < 300 || count_at(sink, {"accepted"}) > 0;
        if (has_taken) verdict.stored_nothing = false;
        add_problems(sink, verdict.problems);
    }
    if (verdict.is_refused() && verdict.problems.empty())
        verdict.problems = {{.text = said_in(reply)}};
    return verdict;
}

std::string summary_of(const Verdict& verdict) {
    auto text = fmt::format("{} accepted", counted(verdict.accepted, "event"));
    if (verdict.refused > 0) text += fmt::format(", {} refused", grouped(verdict.refused));
    if (!verdict.has_sinks) return text + " and not stored: the source has no enabled sink";
    // A body without records has none either, and nothing that was there before.
    if (!verdict.receipt.empty()) return text + ", receipt " + verdict.receipt;
    return verdict.accepted > 0 ? text + ", as before with this key" : text;
}

bool Verdict::is_key_reused() const {
    return error == error_names::kInKeyReused;
}

EventSender::EventSender(ServerUrl url, Options options, Progress& progress)
    : session_(origin_of(url)),
      path_(url.path + "?verbose=true"),
      options_(std::move(options)),
      progress_(progress) {}

Result<Verdict> EventSender::post(std::string_view body, const std::string& key,
                                  const std::function<void()>& meanwhile) {
    const HttpUpload upload{.path = path_,
                            .headers = {{"Idempotency-Key", key}},
                            .content_type = options_.content_type,
                            .body = body,
                            .meanwhile = meanwhile};
    const auto started = Steady::now();
    bool may_be_stored = false;
    for (auto pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
        const auto reply = session_.upload(upload);
        if (reply.ok() && !is_passing(reply.value())) {
            auto verdict = verdict_of(reply.value());
            verdict.may_be_stored = may_be_stored;
            return verdict;
        }

        const auto why = reply.ok() ? said_in(reply.value()) : reply.error().client_text();
        may_be_stored = may_be_stored ||
                        (!reply.ok() && reply.error().code() == Code::unknown_outcome) ||
                        (reply.ok() && may_store(reply.value()));
        const auto code = may_be_stored ? Code::unknown_outcome : Code::unavailable;
        if (Interrupts::happened()) return Error(code, "interrupted");
        const auto asked = reply.ok() ? reply.value().retry_after : std::nullopt;
        const auto wait = std::max(pause, asked.value_or(Milliseconds{0}));
        const auto over = Steady::now() + wait - started;
        if (over > options_.retry_for) {
            return Error(code, fmt::format("not accepted within {} (--retry-for): {}",
                                           format_duration(options_.retry_for), why));
        }
        if (pause == kFirstPause) progress_.say(fmt::format("millrace: {}; trying again", why));
        progress_.show(fmt::format("Waiting {}: {}", format_duration(wait), why));
        Interrupts::sleep(wait);
    }
}

}  // namespace millrace::cli
