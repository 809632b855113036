#include "api/cli/kafka_pause.h"

#include <utility>

namespace millrace::cli {
namespace {

constexpr auto kPauseText = "Paused by apply until the sinks are there.";

Difference paused_difference(Difference::Kind kind, bool is_paused) {
    return {.kind = kind,
            .field = "kafka.paused",
            .before = is_paused ? "false" : "true",
            .after = is_paused ? "true" : "false"};
}

}  // namespace

KafkaPause kafka_pause_of(const WantedSource& wanted, const ActualSource* source) {
    if (wanted.type != "kafka") return {};
    const auto definition = source == nullptr ? Json() : source->definition;
    const bool is_paused = member(definition, {"kafka", "paused"}) == true;
    const bool is_by_apply = text_at(definition, {"version", "description"}) == kPauseText;
    const auto& given = member(wanted.body, {"kafka", "paused"});
    const bool is_wanted = given.is_boolean() ? given == true : is_paused && !is_by_apply;
    return {.can_hold = !is_paused && !is_wanted, .is_to_end = is_paused && !is_wanted};
}

void pause_for_sinks(PlannedChange& change, const std::string& path) {
    Json body = {{"kafka", {{"paused", true}}}, {"changeDescription", kPauseText}};
    change.calls.insert(change.calls.begin() + (change.is_new ? 1 : 0),
                        {.method = "PATCH",
                         .path = path,
                         .body = std::move(body),
                         .failure = "it is not paused for its sinks"});
    const auto kind = change.is_new ? Difference::Kind::added : Difference::Kind::changed;
    change.differences.push_back(paused_difference(kind, true));
}

void keep_known(PlannedChange& change) {
    for (auto& call : change.calls) {
        if (call.method == "PATCH") (*call.body)["changeDescription"] = kPauseText;
    }
}

void end_pause(PlannedChange& change, const std::string& path, const std::string& description) {
    Json body = {{"kafka", {{"paused", false}}}};
    if (!description.empty()) body["changeDescription"] = description;
    change.calls.push_back({.method = "PATCH",
                            .path = path,
                            .body = std::move(body),
                            .failure = "it is still paused"});
    change.differences.push_back(paused_difference(Difference::Kind::changed, false));
}

}  // namespace millrace::cli
