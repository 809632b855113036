#include "api/otlp/divided_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "api/http/refusals.h"
#include "api/otlp/otlp_outcome.h"
#include "core/base/check.h"

namespace millrace::otlp {
namespace {

constexpr std::size_t kProblemsMax = 10;  // of a sink

}  // namespace

void DividedRequest::Part::ended(const pipeline::Request& request,
                                 const pipeline::Place& /*place*/) {
    whole->end_part(*this, request);
}

std::string DividedRequest::Part::to_remember(const pipeline::Request& /*request*/) {
    check_failed("a part of a request has no key");
}

std::uint64_t DividedRequest::Part::replayed(const std::string& /*remembered*/) {
    check_failed("a part of a request has no key");
}

void DividedRequest::divide(std::string_view lines, std::uint64_t part_bytes) {
    std::uint64_t first = 0;
    while (!lines.empty()) {
        auto part = std::make_unique<Part>();
        part->whole = this;
        part->first = first;
        std::size_t bytes = 0;
        do {
            bytes = lines.find('\n', bytes) + 1;
            ++part->records;
        } while (bytes < std::min<std::uint64_t>(part_bytes, lines.size()));
        part->lines = lines.substr(0, bytes);
        first += part->records;
        lines.remove_prefix(bytes);
        parts_.push_back(std::move(part));
    }
}

void DividedRequest::submit(pipeline::Intake& intake, const pipeline::Admission& admission,
                            const Record& request, std::uint64_t part_bytes) {
    check(parts_.empty() && !request.body.empty(), "a request is divided once");
    divide(request.body, part_bytes);
    sinks_ = (**admission.route).sinks.size();
    outcome_ = {.records = 0, .sinks = std::vector<SinkOutcome>(sinks_)};
    left_ = parts_.size();
    is_submitting_ = true;
    for (const auto& part : parts_) {
        if (outcome_.error) {  // all is to be sent again: the fewer are stored twice
            --left_;
            continue;
        }
        submit_part(intake, admission, request, *part);
    }
    is_submitting_ = false;
    end_if_all_have();
}

// Other parts may be on their way: this one fails alone, and the request with it.
void DividedRequest::submit_part(pipeline::Intake& intake, const pipeline::Admission& admission,
                                 const Record& request, Part& part) {
    auto record = request;
    record.body = part.lines;
    record.found_from = request.found_from + part.first;
    const auto left = left_;
    try {
        intake.submit(admission, record, {.form = RecordForm::lines}, part);
    } catch (const std::exception& exception) {
        const auto error = http::failed_at(exception);
        if (!outcome_.error) {
            outcome_.error = Error(error).named(fmt::format("stream.in.{}", error.name()));
        }
        if (left_ == left) --left_;  // the intake has not told how it ended
    }
}

void DividedRequest::end_part(const Part& part, const pipeline::Request& request) {
    refusal_log_.note(request);
    const auto& outcome = request.outcome;
    if (const auto* const error = passing_error(outcome)) {
        if (!outcome_.error) outcome_.error = *error;
        outcome_.retry_after = std::max(outcome_.retry_after, outcome.retry_after);
    } else if (outcome.error) {
        refuse(part, *outcome.error);
    } else {
        add(part, outcome);
    }
    --left_;
    end_if_all_have();
}

void DividedRequest::add(const Part& part, const Outcome& outcome) {
    outcome_.records += part.records;
    outcome_.accepted += outcome.accepted;
    outcome_.kept += outcome.kept;
    outcome_.is_stored = outcome_.is_stored || outcome.is_stored;
    outcome_.is_synced = outcome_.is_synced && outcome.is_synced;
    outcome_.reached = std::max(outcome_.reached, outcome.reached);  // the weakest promise
    for (std::size_t i = 0; i < outcome.sinks.size(); ++i) {
        const auto& of_part = outcome.sinks[i];
        auto& sink = outcome_.sinks[i];
        sink.is_full = sink.is_full || of_part.is_full;
        for (const auto& problem : of_part.problems) {
            if (sink.problems.size() == kProblemsMax) break;
            sink.problems.push_back(
                {.number = part.first + problem.number, .error = problem.error});
        }
    }
}

// It is the client's mistake: none of its records will ever be taken.
void DividedRequest::refuse(const Part& part, const Error& error) {
    outcome_.records += part.records;
    auto& problems = outcome_.sinks.front().problems;
    if (problems.size() < kProblemsMax) {
        problems.push_back({.number = part.first + 1, .error = error});
    }
}

void DividedRequest::end_if_all_have() {
    if (left_ > 0 || is_submitting_) return;
    const auto ended = ended_;  // this may go with the answer
    const auto outcome = std::move(outcome_);
    ended(outcome);
}

}  // namespace millrace::otlp
