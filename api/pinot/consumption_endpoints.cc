#include "api/pinot/consumption_endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/pinot/pinot_changes.h"
#include "core/base/uuid.h"

namespace millrace::pinot {
namespace {

using control::Response;
using kafka::KafkaSettings;
using kafka::SourceState;
using kafka::SourceStatus;

constexpr std::size_t kForceCommitsMax = 1'000;
constexpr std::string_view kServer = "Server_millrace";

// "20260102T0304Z"
std::string segment_time(WallTime time) {
    const auto text = format_utc(time);
    return fmt::format("{}{}{}T{}{}Z", text.substr(0, 4), text.substr(5, 2), text.substr(8, 2),
                       text.substr(11, 2), text.substr(14, 2));
}

std::string segment_of(std::string_view table, std::int32_t partition, const Source& source) {
    return fmt::format("{}__{}__0__{}", table, partition, segment_time(source.created.at));
}

SourceStatus status_of(const PinotApi& api, const Source& source) {
    return api.ports.watches->status_of(source.key).value_or(SourceStatus{});
}

Json segments_of(const PinotApi& api, std::string_view table, const Source& source) {
    Json segments = Json::array();
    for (const auto& partition : status_of(api, source).partitions) {
        segments.push_back(segment_of(table, partition.partition, source));
    }
    return segments;
}

Result<Response> pause_answer(const PinotApi& api, const std::string& table) {
    TRY_ASSIGN(const auto source, load_source(api, table));
    TRY_ASSIGN(const auto settings, kafka::parse_details(source.details));
    TRY_ASSIGN(const auto pause, find_document(api, kPauseKind, table));
    Json answer = {{"pauseFlag", settings.paused}};
    // What was read is on disk already when a source pauses.
    answer["consumingSegments"] = settings.paused ? Json::array() : segments_of(api, table, source);
    answer["reasonCode"] = "ADMINISTRATIVE";
    answer["comment"] = pause ? pause->value("comment", "") : "";
    answer["timestamp"] = pause ? pause->value("timestamp", "") : "";
    return json_answer(answer);
}

// Changes the source and remembers why.
Result<Response> set_paused(const PinotApi& api, const PinotCall& call, std::string description,
                            std::function<void(KafkaSettings&)> change) {
    const auto table = raw_table_name(call.name);
    const std::lock_guard lock(api.changing);
    TRY_ASSIGN(const auto source, load_source(api, table));
    if (source.disabled) {
        return Error(Code::invalid, fmt::format("Table {}{} is disabled!", table, kRealtimeSuffix));
    }
    TRY(change_kafka(api, table, std::move(description), std::move(change), call.stamp));
    TRY(store(api, kPauseKind, table,
              {{"comment", call.parameter("comment")}, {"timestamp", format_utc(call.stamp.at)}}));
    return pause_answer(api, table);
}

Result<Response> pause(const PinotApi& api, const PinotCall& call) {
    return set_paused(api, call, "Paused.",
                      [](KafkaSettings& settings) { settings.paused = true; });
}

Result<Response> resume(const PinotApi& api, const PinotCall& call) {
    auto from = call.parameter("consumeFrom");
    if (from.empty()) from = call.parameter("resumeFrom");  // as Pinot documents it
    using Place = kafka::StartFrom::Place;
    std::optional<Place> place;
    if (from == "smallest") {
        place = Place::earliest;
    } else if (from == "largest") {
        place = Place::latest;
    } else if (!from.empty() && from != "lastConsumed") {
        return Error(Code::invalid,
                     fmt::format("consumeFrom param '{}' is not valid. Valid values are "
                                 "'lastConsumed', 'smallest' and 'largest'.",
                                 from));
    }
    return set_paused(api, call, "Resumed.", [place, now = call.stamp.at](KafkaSettings& settings) {
        settings.paused = false;
        if (!place) return;
        settings.start_from = {.place = *place};
        settings.generation = next_generation(settings.generation, now);
    });
}

Result<Response> pause_status(const PinotApi& api, const PinotCall& call) {
    return pause_answer(api, raw_table_name(call.name));
}

// "a,b" -> "a", "b"
std::vector<std::string> items_of(const std::string& list) {
    std::vector<std::string> items;
    for (std::size_t begin = 0; begin < list.size();) {
        const auto end = std::min(list.find(',', begin), list.size());
        items.push_back(list.substr(begin, end - begin));
        begin = end + 1;
    }
    return items;
}

// The segments that the call names, or all.
Result<std::vector<std::string>> wanted_segments(const PinotApi& api, const PinotCall& call,
                                                 const std::string& table, const Source& source) {
    const auto partitions = items_of(call.parameter("partitions"));
    const auto segments = items_of(call.parameter("segments"));
    if (!partitions.empty() && !segments.empty()) {
        return Error(Code::invalid, "Cannot specify both partitions and segments to commit");
    }
    std::vector<std::string> all;
    for (const auto& segment : segments_of(api, table, source)) {
        all.push_back(segment.get<std::string>());
    }
    std::vector<std::string> wanted = segments;
    for (const auto& partition : partitions) {
        const auto prefix = fmt::format("{}__{}__", table, partition);
        const auto found = std::ranges::find_if(
            all, [&](const std::string& segment) { return segment.starts_with(prefix); });
        wanted.push_back(found == all.end() ? prefix : *found);
    }
    if (wanted.empty()) return all;
    for (const auto& segment : wanted) {
        if (std::ranges::find(all, segment) == all.end()) {
            return Error(Code::invalid,
                         fmt::format("Segment {} is not a consuming segment", segment));
        }
    }
    return wanted;
}

// All rows of the table are imported, whatever segments are named.
Result<Response> force_commit(const PinotApi& api, const PinotCall& call) {
    const auto table = raw_table_name(call.name);
    TRY_ASSIGN(const auto source, load_source(api, table));
    if (source.disabled) {
        return Error(Code::invalid, fmt::format("Table {}{} is disabled!", table, kRealtimeSuffix));
    }
    TRY_ASSIGN(auto segments, wanted_segments(api, call, table, source));
    const auto key = sink_key_of(api, table);
    TRY_ASSIGN(const auto sink, definitions::load(api.parts.edits.catalog, key));
    const auto work = [&flush = api.parts.flush, number = sink.number](
                          const std::shared_ptr<TaskMark>& /*mark*/,
                          const definitions::TaskRunner::Done& done) { flush.run(number, done); };
    TRY_ASSIGN(const auto task,
               api.parts.tasks.start({.operation = "flush.sink",
                                      .source = key.source,
                                      .sink = key.sink,
                                      .success_text = "All rows that were accepted before are in "
                                                      "the table."},
                                     work));
    const auto id = to_string(make_uuid_v7(AgeTime{call.stamp.at.unix_ms},
                                           api.parts.random.number(), api.parts.random.number()));
    api.force_commits.with([&](std::map<std::string, ForceCommit>& jobs) {
        if (jobs.size() >= kForceCommitsMax) jobs.erase(jobs.begin());  // ids begin with the time
        jobs.emplace(id, ForceCommit{.task = task.id,
                                     .table = table + std::string(kRealtimeSuffix),
                                     .segments = std::move(segments),
                                     .at = call.stamp.at});
    });
    return json_answer({{"forceCommitJobId", id},
                        {"forceCommitStatus", "SUCCESS"},
                        {"jobMetaZKWriteStatus", "SUCCESS"}});
}

Result<Response> force_commit_status(const PinotApi& api, const PinotCall& call) {
    const auto job = api.force_commits.with(
        [&](const std::map<std::string, ForceCommit>& jobs) -> std::optional<ForceCommit> {
            const auto found = jobs.find(call.job);
            if (found == jobs.end()) return std::nullopt;
            return found->second;
        });
    if (!job) {
        return Error(Code::not_found,
                     fmt::format("Failed to find controller job id: {}", call.job));
    }
    TRY_ASSIGN(const auto task,
               api.parts.edits.catalog.find_task(api.parts.scope.project, job->task));
    const bool is_done = !task || task->status == TaskStatus::success;
    const std::vector<std::string> none;
    const auto& left = is_done ? none : job->segments;
    Json answer = {{"jobId", call.job},
                   {"tableName", job->table},
                   {"jobType", "FORCE_COMMIT"},
                   {"submissionTimeMs", std::to_string(job->at.unix_ms)},
                   {"segmentsForceCommitted", job->segments},
                   {"segmentsYetToBeCommitted", left},
                   {"numberOfSegmentsYetToBeCommitted", left.size()}};
    if (task && task->status == TaskStatus::error) answer["errorMessage"] = task->error;
    return json_answer(answer);
}

// Values of the maps are texts, as in Pinot.
Json consuming_info(const kafka::PartitionStatus& partition, bool is_consuming) {
    const auto key = std::to_string(partition.partition);
    const auto next = std::to_string(partition.progress.next);
    const auto end = partition.end ? std::to_string(*partition.end) : std::string("UNKNOWN");
    const auto lag = partition.end ? std::to_string(partition.lag()) : std::string("UNKNOWN");
    const auto lag_ms = partition.lag() == 0 && partition.end
                            ? std::string("0")
                            : std::to_string(partition.lag_time.count());
    const auto last = partition.last_message_at.value_or(WallTime{}).unix_ms;
    return {{"serverName", kServer},
            {"consumerState", is_consuming ? "CONSUMING" : "NOT_CONSUMING"},
            {"lastConsumedTimestamp", last},
            {"partitionToOffsetMap", {{key, next}}},
            {"partitionOffsetInfo",
             {{"currentOffsetsMap", {{key, next}}},
              {"latestUpstreamOffsetMap", {{key, end}}},
              {"recordsLagMap", {{key, lag}}},
              {"availabilityLagMsMap", {{key, lag_ms}}}}}};
}

Result<Response> consuming_segments(const PinotApi& api, const PinotCall& call) {
    const auto table = raw_table_name(call.name);
    TRY_ASSIGN(const auto source, load_source(api, table));
    const auto status = status_of(api, source);
    const bool is_consuming = status.state == SourceState::reading;
    Json segments = Json::object();
    for (const auto& partition : status.partitions) {
        segments[segment_of(table, partition.partition, source)] =
            Json::array({consuming_info(partition, is_consuming)});
    }
    return json_answer({{"serversFailingToRespond", 0},
                        {"serversUnparsableRespond", 0},
                        {"_segmentToConsumingInfoMap", std::move(segments)}});
}

}  // namespace

void add_consumption_endpoints(control::Router& router,
                               const std::shared_ptr<const PinotApi>& api) {
    using enum PinotAccess;
    add_endpoint(router, api, "POST", "/tables/{tableName}/pauseConsumption", change, pause);
    add_endpoint(router, api, "POST", "/tables/{tableName}/resumeConsumption", change, resume);
    add_endpoint(router, api, "GET", "/tables/{tableName}/pauseStatus", read, pause_status);
    add_endpoint(router, api, "POST", "/tables/{tableName}/forceCommit", change, force_commit);
    add_endpoint(router, api, "GET", "/tables/forceCommitStatus/{jobId}", read,
                 force_commit_status);
    add_endpoint(router, api, "GET", "/tables/{tableName}/consumingSegmentsInfo", read,
                 consuming_segments);
}

}  // namespace millrace::pinot
