#include "api/stream_load/load_calls.h"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "api/log/log.h"
#include "api/stream_load/answer_texts.h"
#include "api/stream_load/doris_answers.h"
#include "api/stream_load/header_values.h"
#include "core/base/error_names.h"
#include "core/base/shown_text.h"

namespace millrace::stream_load {
namespace {

constexpr std::string_view kSuccess = "Success";
constexpr std::size_t kSeveralMax = 1000;
constexpr std::size_t kShownMax = 300;

http::Answer analysis_answer(std::string_view text) {
    return two_phase_answer(kAnalysisError, detail(text));
}

// What clients see by "unavailable" that they may repeat.
http::Answer faulty(const Error& error) {
    log::warn("stream_load_call_failed", {{"cause", error.operator_text()}});
    return two_phase_answer(kInternalError, message_of(error, kInternalError));
}

http::Answer faulty_envelope(const Error& error) {
    log::warn("stream_load_call_failed", {{"cause", error.operator_text()}});
    return refused_envelope(500, message_of(error, kInternalError));
}

http::Answer not_found_answer(const Error& error) {
    if (error.code() != Code::invalid) return faulty(error);
    const auto& text = error.client_text();
    const auto end = text.find(']');
    return two_phase_answer(text.substr(1, end - 1), text.substr(end + 1));
}

bool is_success(const http::Answer& answer) {
    return answer.body.find("\"status\": \"Success\"") != std::string::npos;
}

std::string number_of(const Load& load) {
    return fmt::format("transaction [{}]", load.number.value);
}

}  // namespace

Result<Load> LoadCalls::find(const TwoPhaseRequest& request) {
    auto& loads = ports_.stores.loads;
    std::optional<Load> found;
    std::string subject;
    if (!request.txn_id.empty()) {
        const auto number =
            parse_integer_header(request.txn_id, 0, std::numeric_limits<std::int64_t>::max());
        if (number.fault != IntegerFault::none) {
            return invalid_argument(fmt::format("convert txn_id [{}] failed, reason=stoll",
                                                shortened(request.txn_id, 60)));
        }
        subject = fmt::format("transaction [{}] not found.", number.value);
        TRY_ASSIGN(found, loads.find_load(LoadNumber(static_cast<std::uint64_t>(number.value))));
    } else {
        subject = fmt::format("label [{}] transaction not found.", shortened(request.label, 130));
        TRY_ASSIGN(found,
                   loads.find_load(ports_.scope, stored_label(request.database, request.label)));
    }
    const bool is_ours = found && found->scope == ports_.scope &&
                         found->label.starts_with(stored_label(request.database, ""));
    if (!is_ours) return analysis_error(subject);
    return std::move(*found);
}

void LoadCalls::end_two_phase(const TwoPhaseRequest& request, const Answered& answered) {
    const auto refuse = [&](std::string_view text) {
        answered(two_phase_answer(kInvalidArgument, text));
    };
    if (request.txn_id.empty() && request.label.empty()) {
        return refuse("No transaction id or label selected.");
    }
    if (request.operation.empty()) {
        return refuse("No transaction operation('commit' or 'abort') selected.");
    }
    const bool is_commit = http::equal_ignoring_case(request.operation, "commit");
    if (!is_commit && !http::equal_ignoring_case(request.operation, "abort")) {
        return refuse("transaction operation should be 'commit' or 'abort'");
    }
    if (request.txn_id.find(',') != std::string::npos) {
        return end_all(request, is_commit, answered);
    }
    const auto load = find(request);
    if (!load.ok()) return answered(not_found_answer(load.error()));
    const auto subject = (request.txn_id.empty() ? fmt::format("label [{}] ", request.label) : "") +
                         number_of(load.value());
    if (is_commit) return commit(load.value(), subject, answered);
    answered(abort(load.value(), subject));
}

Result<LoadCalls::Several> LoadCalls::find_all(const TwoPhaseRequest& request) {
    Several several;
    std::string_view rest = request.txn_id;
    while (true) {
        const auto end = rest.find(',');
        auto one = rest.substr(0, end);
        while (one.starts_with(' ')) one.remove_prefix(1);
        while (one.ends_with(' ')) one.remove_suffix(1);
        TRY_ASSIGN(auto load, find({.database = request.database,
                                    .txn_id = one.empty() ? "-" : std::string(one),
                                    .label = {},
                                    .operation = {}}));
        several.loads.push_back(std::move(load));
        if (end == std::string_view::npos) break;
        if (several.loads.size() == kSeveralMax) {
            return invalid_argument(
                fmt::format("txn_id has more than {} transactions", kSeveralMax));
        }
        rest.remove_prefix(end + 1);
    }
    several.subject = fmt::format("transaction [{}]", shortened(request.txn_id, kShownMax));
    return several;
}

void LoadCalls::end_all(const TwoPhaseRequest& request, bool is_commit, const Answered& answered) {
    auto found = find_all(request);
    if (!found.ok()) return answered(not_found_answer(found.error()));
    auto& several = found.value();
    several.is_commit = is_commit;
    for (const auto& load : several.loads) {
        const bool is_open = load.state == LoadState::open || load.state == LoadState::written;
        const auto other = is_commit ? LoadState::aborted : LoadState::committed;
        // Which says why: nothing is changed by it.
        if (is_commit && (is_open || load.state == other)) {
            return commit(load, number_of(load), answered);
        }
        if (!is_commit && load.state == other) return answered(abort(load, number_of(load)));
    }
    end_next(std::make_shared<Several>(std::move(several)), answered);
}

// Each is answered by itself; what fails ends the row, and may be repeated as a whole.
void LoadCalls::end_next(const std::shared_ptr<Several>& several, const Answered& answered) {
    if (several->ended == several->loads.size()) {
        return answered(
            two_phase_answer(kSuccess, fmt::format("{} {} successfully.", several->subject,
                                                   several->is_commit ? "commit" : "abort")));
    }
    const auto& load = several->loads[several->ended++];
    const auto then = [self = shared_from_this(), several, answered](http::Answer answer) {
        if (!is_success(answer)) return answered(std::move(answer));
        self->end_next(several, answered);
    };
    if (several->is_commit) return commit(load, number_of(load), then);
    then(abort(load, number_of(load)));
}

bool LoadCalls::is_imported(const Load& load) {
    const auto imported = ports_.stores.loads.is_imported(load);
    return imported.ok() && imported.value();
}

// Upstream an error whose text means success: clients look at one or at the other.
http::Answer LoadCalls::already_committed(const Load& load, const std::string& subject) {
    return two_phase_answer(kSuccess,
                            detail(fmt::format("{} is already {}, not pre-committed.", subject,
                                               is_imported(load) ? "visible" : "committed")));
}

void LoadCalls::commit(const Load& load, const std::string& subject, const Answered& answered) {
    switch (load.state) {
        case LoadState::open:
        case LoadState::written:
            return answered(
                analysis_answer(fmt::format("{} is prepare, not pre-committed.", subject)));
        case LoadState::aborted:
            return answered(analysis_answer(
                fmt::format("{} is already aborted. abort reason: {}", subject, load.reason)));
        case LoadState::committed:
            return answered(already_committed(load, subject));
        case LoadState::prepared:
            break;
    }
    auto self = shared_from_this();
    ports_.ends.commit(load.number, [self, load, subject, answered](Result<Load> outcome) {
        self->ports_.pool.post([self, load, subject, answered, outcome = std::move(outcome)] {
            answered(self->committed(load, subject, outcome));
        });
    });
}

// What may have happened is looked up.
http::Answer LoadCalls::committed(const Load& load, const std::string& subject,
                                  const Result<Load>& outcome) {
    if (outcome.ok()) {
        // Its rows are wanted now.
        ports_.wait_visible(outcome.value(), Milliseconds{1}, nullptr);
        return two_phase_answer(kSuccess, fmt::format("{} commit successfully.", subject));
    }
    const auto now = ports_.stores.loads.find_load(load.number);
    if (now.ok() && now.value() && now.value()->state == LoadState::committed) {
        return already_committed(*now.value(), subject);
    }
    if (now.ok() && now.value() && now.value()->state == LoadState::aborted) {
        return analysis_answer(
            fmt::format("{} is already aborted. abort reason: {}", subject, now.value()->reason));
    }
    return faulty(outcome.error());
}

http::Answer LoadCalls::abort(const Load& load, const std::string& subject) {
    if (load.state == LoadState::aborted) {
        return two_phase_answer(
            kSuccess,
            detail(fmt::format("{} is already aborted, abort reason: {}", subject, load.reason)));
    }
    const auto refuse = [&](const Load& committed) {
        return analysis_answer(fmt::format("{} is already {}, could not abort.", subject,
                                           is_imported(committed) ? "VISIBLE" : "COMMITTED"));
    };
    if (load.state == LoadState::committed) return refuse(load);
    const auto aborted = ports_.ends.abort(load.number, "User Abort");
    if (!aborted.ok() && aborted.error().name() == error_names::kLoadAlreadyCommitted) {
        return refuse(load);
    }
    if (!aborted.ok() && aborted.error().name() != error_names::kLoadAlreadyAborted) {
        return faulty(aborted.error());
    }
    return two_phase_answer(kSuccess, fmt::format("{} abort successfully.", subject));
}

http::Answer LoadCalls::load_state(const std::string& database, const std::string& label) {
    if (label.empty()) return refused_envelope(400, "No label selected");
    auto load = ports_.stores.loads.find_load(ports_.scope, stored_label(database, label));
    if (!load.ok()) return faulty_envelope(load.error());
    if (!load.value()) return envelope("\"UNKNOWN\"");
    const bool imported = is_imported(*load.value());
    const FirstLoad found{.load = std::move(*load.value()), .is_imported = imported};
    return envelope(fmt::format("\"{}\"", transaction_state(found)));
}

http::Answer LoadCalls::cancel(const std::string& database, const std::string& label) {
    if (label.empty()) return refused_envelope(400, "No label specified");
    const auto load = ports_.stores.loads.find_load(ports_.scope, stored_label(database, label));
    if (!load.ok()) return faulty_envelope(load.error());
    if (!load.value()) {
        return refused_envelope(404, fmt::format("label [{}] not found", shortened(label, 130)));
    }
    const auto& found = *load.value();
    if (found.state == LoadState::aborted) return envelope("null");
    const auto aborted = ports_.ends.abort(found.number, "user cancel");
    if (aborted.ok() || aborted.error().name() == error_names::kLoadAlreadyAborted) {
        return envelope("null");
    }
    if (aborted.error().name() != error_names::kLoadAlreadyCommitted) {
        return faulty_envelope(aborted.error());
    }
    return refused_envelope(400, fmt::format("{} is already {}, could not abort.", number_of(found),
                                             is_imported(found) ? "VISIBLE" : "COMMITTED"));
}

Result<std::optional<DefinedTable>> LoadCalls::find_table(const std::string& database,
                                                          const std::string& table) {
    auto id = TableId::parse(bucket_of(database) + "." + table);
    if (!id.ok()) return std::optional<DefinedTable>();
    return ports_.tables.find_table({.project = ports_.scope.project,
                                     .branch = ports_.scope.branch,
                                     .table = std::move(id).value()});
}

http::Answer LoadCalls::schema(const std::string& database, const std::string& table) {
    const auto found = find_table(database, table);
    if (!found.ok()) return faulty_envelope(found.error());
    if (!found.value()) {
        return refused_envelope(404,
                                fmt::format("unknown table, tableName={}", shortened(table, 100)));
    }
    return envelope(schema_data(*found.value()));
}

http::Answer LoadCalls::count(const std::string& database, const std::string& table) {
    const auto found = find_table(database, table);
    if (!found.ok()) return faulty_envelope(found.error());
    if (!found.value()) {
        return refused_envelope(404,
                                fmt::format("unknown table, tableName={}", shortened(table, 100)));
    }
    const auto rows = ports_.count_rows(*found.value());
    if (!rows.ok() && rows.error().code() == Code::invalid) {
        return refused_envelope(501, rows.error().client_text());
    }
    if (!rows.ok() && rows.error().code() == Code::not_found) {
        return refused_envelope(404, rows.error().client_text());
    }
    if (!rows.ok()) return faulty_envelope(rows.error());
    return envelope(fmt::format(R"({{"status":200,"size":{}}})", rows.value()));
}

http::Answer LoadCalls::error_log(const std::string& name) {
    auto text = ports_.error_logs.find(name);
    if (!text) return http::text_answer(404, "there is no such error log, or no longer\n");
    http::Answer answer = http::text_answer(200, "");
    answer.body = std::move(*text);
    return answer;
}

}  // namespace millrace::stream_load
