#include "api/otlp/divided_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "api/http/refusals.h"
#include "api/otlp/otlp_outcome.h"
#include "core/base/check.h"
#include "core/base/error_names.h"

namespace millrace::otlp {
namespace {

constexpr std::size_t kProblemsMax = 10;  // of a sink
constexpr std::size_t kAtOnce = 2;        // parts: one is written while the next one is mapped

Error no_memory() {
    return Error(Code::overloaded, "Too many large requests are served, please retry later.")
        .named(error_names::kInMemoryFull);
}

Error changed_meanwhile() {
    return Error(Code::overloaded, "The source was changed meanwhile, please send again.")
        .named(error_names::kInSourceChanged);
}

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
    std::size_t begin = 0;
    std::uint64_t first = 0;
    while (begin < lines.size()) {
        auto part = std::make_unique<Part>();
        part->whole = this;
        part->begin = begin;
        part->first = first;
        const auto wanted = std::min<std::uint64_t>(begin + part_bytes, lines.size());
        auto end = begin;
        do {
            end = lines.find('\n', end) + 1;
            ++part->records;
        } while (end < wanted);
        part->bytes = end - begin;
        begin = end;
        first += part->records;
        parts_.push_back(std::move(part));
    }
}

void DividedRequest::submit(const pipeline::Admission& admission, const Record& request,
                            std::uint64_t part_bytes) {
    check(parts_.empty() && !request.body.empty(), "a request is divided once");
    divide(request.body, part_bytes);
    route_ = *admission.route;
    outcome_ = {.records = 0, .sinks = std::vector<SinkOutcome>(route_->sinks.size())};
    if (!hold_rest(request)) outcome_.error = no_memory();
    is_submitting_ = true;
    while (next_ < std::min(kAtOnce, parts_.size()) && !outcome_.error) {
        submit_next(admission, request, 0);
    }
    is_submitting_ = false;
    go_on();
    end_if_all_have();
}

// Whether what has its turn later is there then.
bool DividedRequest::hold_rest(const Record& request) {
    if (parts_.size() <= kAtOnce) return true;
    rest_from_ = parts_[kAtOnce]->begin;
    auto rest = request;
    rest.body.remove_prefix(rest_from_);
    if (!memory_.resize(rest.body.size())) return false;
    rest_ = held_.hold(rest);
    return true;
}

// Where a part is to be sent again, all is: the fewer are stored twice.
void DividedRequest::go_on() {
    if (next_ == parts_.size() || outcome_.error) return;
    const auto admission = intake_.admit_again(route_);
    if (!admission) {
        outcome_.error = changed_meanwhile();
        return;
    }
    is_submitting_ = true;
    while (next_ < parts_.size() && on_their_way_ < kAtOnce && !outcome_.error) {
        submit_next(*admission, rest_, rest_from_);
    }
    is_submitting_ = false;
}

// The next part, of `record`, whose lines begin at `from`. Others may be on their way: this one
// fails alone, and the request with it.
void DividedRequest::submit_next(const pipeline::Admission& admission, Record record,
                                 std::size_t from) {
    auto& part = *parts_[next_++];
    record.body = record.body.substr(part.begin - from, part.bytes);
    record.found_from += part.first;
    const pipeline::Wishes wishes{.form = RecordForm::lines, .has_company = parts_.size() > 1};
    const auto before = on_their_way_++;
    try {
        intake_.submit(admission, record, wishes, part);
    } catch (const std::exception& exception) {
        on_their_way_ = before;  // whether the intake has told how it ended, or has not
        const auto error = http::failed_at(exception);
        if (!outcome_.error) {
            outcome_.error = Error(error).named(fmt::format("stream.in.{}", error.name()));
        }
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
    --on_their_way_;
    if (is_submitting_) return;
    go_on();
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
    const bool has_next = next_ < parts_.size() && !outcome_.error;
    if (on_their_way_ > 0 || has_next) return;
    const auto ended = ended_;  // this may go with the answer
    const auto outcome = std::move(outcome_);
    ended(outcome);
}

}  // namespace millrace::otlp
