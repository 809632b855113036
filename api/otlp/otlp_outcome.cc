#include "api/otlp/otlp_outcome.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/doors/door_answer.h"
#include "api/otlp/otlp_answers.h"
#include "core/base/client_text.h"
#include "core/base/error_names.h"
#include "core/base/shown_text.h"

namespace millrace::otlp {
namespace {

constexpr std::size_t kMessageMax = 1000;  // characters

const RecordProblem* first_problem(const Outcome& outcome) {
    const RecordProblem* first = nullptr;
    for (const auto& sink : outcome.sinks) {
        for (const auto& problem : sink.problems) {
            if (first == nullptr || problem.number < first->number) first = &problem;
        }
    }
    return first;
}

int worst_status(const Outcome& outcome) {
    int status = 400;
    for (const auto& sink : outcome.sinks) {
        for (const auto& problem : sink.problems) {
            status = std::max(status, status_of(problem.error));
        }
    }
    return status;
}

std::string text_of(const Outcome& outcome, std::uint64_t count, std::string_view what) {
    auto text = fmt::format("{} of {} records {}", count, outcome.records, what);
    if (const auto* const problem = first_problem(outcome)) {
        text += fmt::format("; first error: record {}: {}", problem->number,
                            shortened(problem->error.client_text(), kMessageMax));
    }
    auto sentence = as_sentence(text);
    if (std::ranges::any_of(outcome.sinks, &SinkOutcome::is_full)) sentence += doors::kRejectsFull;
    return sentence;
}

std::string warning_of(const Outcome& outcome, const pipeline::SourceRoute& route, Signal signal) {
    if (route.sinks.empty()) {
        return fmt::format("Nothing is stored: no enabled sink of the source takes {}.",
                           to_string(signal));
    }
    if (outcome.kept > 0) return text_of(outcome, outcome.kept, "kept as rejects");
    return {};
}

// Exporters send again after 429 and some of 5xx (otlp_answers.h).
bool may_pass(const Error& error) {
    return status_of(error) >= 429;
}

}  // namespace

const Error* passing_error(const Outcome& outcome) {
    if (outcome.error) return may_pass(*outcome.error) ? &*outcome.error : nullptr;
    for (const auto& sink : outcome.sinks) {
        if (!sink.refused || sink.problems.empty()) continue;
        if (may_pass(sink.problems.front().error)) return &sink.problems.front().error;
    }
    return nullptr;
}

http::Answer answer_of(const Outcome& outcome, const pipeline::SourceRoute& route, Signal signal,
                       Encoding encoding) {
    if (outcome.error) return error_answer(*outcome.error, encoding, outcome.retry_after);
    if (const auto* const error = passing_error(outcome)) return error_answer(*error, encoding);
    const auto rejected = outcome.rejected();
    if (rejected == 0 || route.sinks.empty()) {
        return success_answer({.message = warning_of(outcome, route, signal)}, signal, encoding);
    }
    auto text = text_of(outcome, rejected, "rejected");
    if (rejected < outcome.records) {
        return success_answer({.rejected = rejected, .message = std::move(text)}, signal, encoding);
    }
    return error_answer(worst_status(outcome), error_names::kInWriteFailed, text, encoding);
}

}  // namespace millrace::otlp
