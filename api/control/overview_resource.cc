#include "api/control/overview_resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/render.h"
#include "core/accounts/sink_account.h"
#include "core/base/client_text.h"

namespace millrace::control {
namespace {

using accounts::TrafficRates;
using accounts::TrafficSeries;

constexpr Milliseconds kKeptFor{1000};
constexpr std::uint32_t kStuckMax = 1000;  // files of a kind that are read
constexpr std::size_t kFailingMax = 50;    // that are shown

// What was made last, for those who ask again within a second. One makes it, the others wait.
class KeptOverview {
public:
    template <typename Make>
    Result<Response> get(SteadyTime now, Make make) {
        const std::lock_guard lock(mutex_);
        if (kept_ && now < kept_->second) return kept_->first;
        TRY_ASSIGN(auto response, make());
        kept_.emplace(response, now + kKeptFor);
        return response;
    }

private:
    std::mutex mutex_;
    std::optional<std::pair<Response, SteadyTime>> kept_;
};

double rounded(double value) {
    return std::round(value * 100) / 100;
}

OrderedJson render_p99(const TrafficRates& rates) {
    if (!rates.answer_p99_ms) return nullptr;
    return std::round(*rates.answer_p99_ms * 1000) / 1000;
}

OrderedJson render_rates(const TrafficRates& rates) {
    return {
        {"seconds", rounded(rates.seconds)},          {"recordsPerSecond", rounded(rates.records)},
        {"bytesPerSecond", rounded(rates.bytes)},     {"rowsPerSecond", rounded(rates.rows)},
        {"refusedPerSecond", rounded(rates.refused)}, {"answerP99Milliseconds", render_p99(rates)}};
}

OrderedJson render_level(const LevelStatistics& level) {
    OrderedJson json = {{"rows", level.rows},
                        {"bytes", level.staged_bytes > 0 ? level.staged_bytes : level.csv_bytes}};
    if (level.rows > 0) json["oldestAt"] = format_utc(level.first_at);
    return json;
}

std::int64_t uptime_seconds(const OverviewApi& api) {
    return std::chrono::duration_cast<std::chrono::seconds>(api.clock.steady() - api.facts.started)
        .count();
}

OrderedJson render_service(const OverviewApi& api) {
    return {{"version", api.facts.version},
            {"startedAt", format_utc(api.facts.started_at)},
            {"uptimeSeconds", uptime_seconds(api)}};
}

Result<OrderedJson> render_volumes(const OverviewApi& api) {
    TRY_ASSIGN(const auto reports, api.volumes.list());
    const auto spaces = api.facts.spaces();
    auto volumes = OrderedJson::array();
    for (const auto& report : reports) {
        if (report.record.state != VolumeState::active) continue;
        OrderedJson json = {{"name", report.record.name},
                            {"standing", to_string(report.standing)},
                            {"directory", report.record.directory}};
        const auto space = std::ranges::find(spaces, report.record.name, &VolumeSpace::name);
        if (space != spaces.end()) {
            json["isFull"] = space->is_full;
            json["freeBytes"] = space->free_bytes;
            json["totalBytes"] = space->total_bytes;
            json["reserveBytes"] = space->reserve_bytes;
        }
        volumes.push_back(std::move(json));
    }
    return volumes;
}

struct Trouble {
    std::string reason;
    std::string remedy;
    std::optional<WallTime> since = {};
};

// Nothing of one that takes rows, or is to take none. `volume` is of render_volumes().
std::optional<Trouble> trouble_of(const OrderedJson& volume) {
    const auto name = volume.at("name").get<std::string>();
    const auto standing = volume.at("standing").get<std::string>();
    const auto give_up = fmt::format(
        "If it is gone for good, give it up (docs/operations.md, Volumes): millrace volume lost {}",
        name);
    if (standing == to_string(pipeline::VolumeStanding::missing)) {
        return Trouble{.reason = fmt::format("The volume \"{}\" is not here.", name),
                       .remedy = "Mount its disk and restart. " + give_up};
    }
    if (standing == to_string(pipeline::VolumeStanding::unread)) {
        return Trouble{
            .reason =
                fmt::format("The volume \"{}\" was not read at the start: its disk was full, or "
                            "has failed.",
                            name),
            .remedy =
                "The log says which (volume_is_failed). Make room or mend it, and restart; what "
                "it has is kept. " +
                give_up};
    }
    if (standing == to_string(pipeline::VolumeStanding::failed)) {
        return Trouble{
            .reason = fmt::format("The volume \"{}\" has failed: its disk did not write.", name),
            .remedy = "Mend its disk and restart. " + give_up};
    }
    if (!volume.value("isFull", false)) return std::nullopt;
    return Trouble{.reason = fmt::format("The volume \"{}\" is full and takes no rows.", name),
                   .remedy = fmt::format("Make room on the disk of {}: it goes on by itself.",
                                         volume.at("directory").get<std::string>())};
}

// As Failing, but of no rows. `owner` is the name of `name`.
OrderedJson render_trouble(const Scope& scope, const std::string& owner, const std::string& name,
                           const std::string& kind, const Trouble& trouble) {
    OrderedJson json = {{"branchId", scope.branch.value}, {owner, name}, {"kind", kind}};
    if (trouble.since) json["since"] = format_utc(*trouble.since);
    json["reason"] = trouble.reason;
    json["waitingRows"] = 0;
    json["files"] = 0;
    json["remedy"] = trouble.remedy;
    json["actions"] = OrderedJson::array();
    return json;
}

// What keeps records from coming in: volumes, then sources.
OrderedJson troubles_of(const OverviewApi& api, const OrderedJson& volumes) {
    auto troubles = OrderedJson::array();
    for (const auto& volume : volumes) {
        if (const auto trouble = trouble_of(volume)) {
            troubles.push_back(render_trouble(
                api.scope, "volume", volume.at("name").get<std::string>(), "volume", *trouble));
        }
    }
    for (const auto& silent : api.facts.silent_sources()) {
        if (silent.source.project != api.scope.project || silent.source.branch != api.scope.branch)
            continue;
        troubles.push_back(render_trouble(
            api.scope, "sourceId", silent.source.source.value, "source",
            {.reason = silent.reason, .remedy = silent.remedy, .since = silent.since}));
    }
    return troubles;
}

OrderedJson render_templates(const TemplateFacts& templates) {
    return {{"workers", templates.workers},
            {"waiting", templates.waiting},
            {"killed", templates.killed},
            {"workersLost", templates.workers_lost}};
}

struct Kind {
    std::string_view name;
    std::string_view remedy;
    std::vector<std::string_view> actions = {};
};

// What keeps rows of one owner out of its table, for one reason.
struct Failing {
    SinkVersion owner;
    Kind kind;
    std::string reason;
    std::optional<StuckFile> worst;
    std::uint64_t files = 0;
    std::uint64_t rows = 0;  // that wait for it
    std::optional<WallTime> since;
};

Kind kind_of(StuckFile::Why why) {
    switch (why) {
        case StuckFile::Why::import:
            return {.name = "import",
                    .remedy =
                        "Mend what the reason names, the table or the mapping or the target, "
                        "and retry the file; or set it aside, so that later rows go on "
                        "without it.",
                    .actions = {"retry", "setAside"}};
        case StuckFile::Why::upload:
            return {.name = "upload",
                    .remedy =
                        "Mend the staging that the reason names; the upload is repeated by "
                        "itself, and at once if you retry the file.",
                    .actions = {"retry", "setAside"}};
        case StuckFile::Why::set_aside:
            return {.name = "setAside",
                    .remedy = "Mend the table and restore the file, or discard its rows.",
                    .actions = {"restore", "discard"}};
    }
    return {};
}

Kind unconfigured_target() {
    return {.name = "unconfigured",
            .remedy =
                "Configure the target again, under the same name, and restart: its rows wait, and "
                "go on by themselves. To take it away for good, give its sinks another target "
                "first."};
}

Kind unconfigured_staging() {
    return {.name = "unconfigured",
            .remedy =
                "Configure the staging again, under the same name, and restart: what is in it "
                "waits, and goes on by itself."};
}

using BySink = std::map<SinkNumber, accounts::SinkReport>;

// Rows that have not left their volume wait as well.
std::uint64_t waiting_rows_of(SinkNumber sink, const BySink& reports) {
    const auto report = reports.find(sink);
    if (report == reports.end()) return 0;
    const auto& statistics = report->second.statistics;
    return statistics.local.rows + statistics.staging.rows;
}

std::vector<Failing> gather_stuck(const std::vector<StuckFile>& stuck, const BySink& reports) {
    std::map<std::pair<SinkNumber, StuckFile::Why>, Failing> gathered;
    for (const auto& file : stuck) {
        auto& failing = gathered[{file.owner.sink, file.why}];
        if (failing.files++ == 0 || file.attempts > failing.worst->attempts) failing.worst = file;
        failing.rows += file.rows;
        if (file.rows > 0)
            failing.since = std::min(failing.since.value_or(file.oldest), file.oldest);
    }
    std::vector<Failing> all;
    for (auto& [key, failing] : gathered) {
        failing.owner = failing.worst->owner;
        failing.kind = kind_of(key.second);
        failing.reason = failing.worst->reason;
        if (key.second != StuckFile::Why::set_aside) {
            failing.rows = std::max(failing.rows, waiting_rows_of(key.first, reports));
        }
        all.push_back(std::move(failing));
    }
    return all;
}

bool has_backend(const std::vector<BackendInForce>& backends, const std::string& name) {
    return std::ranges::find(backends, name, &BackendInForce::name) != backends.end();
}

// Those of sinks whose target or staging is not configured: nothing is tried, so nothing fails.
class Unconfigured {
public:
    Unconfigured(const OverviewApi& api, const BySink& reports) : api_(api), reports_(reports) {}

    Result<std::vector<Failing>> gather() {
        TRY_ASSIGN(const auto waiting, api_.reports.waiting_rows());
        for (const auto& rows : waiting) add(rows);
        for (const auto& [sink, report] : reports_) {
            if (report.statistics.local.rows > 0) add_open(sink, report.statistics.local);
        }
        std::vector<Failing> all;
        for (auto& [key, failing] : gathered_) {
            failing.rows = std::max(failing.rows, waiting_rows_of(key.first, reports_));
            all.push_back(std::move(failing));
        }
        return all;
    }

private:
    // Nothing if it is configured, or its mapping is gone.
    std::optional<std::string> missing_target(const SinkVersion& owner) const {
        const auto mapping = api_.catalog.mapping(owner);
        if (!mapping.ok()) return std::nullopt;
        const auto& name = mapping.value().target.value;
        if (has_backend(api_.facts.targets, name)) return std::nullopt;
        return fmt::format("The target \"{}\" is not configured.", name);
    }

    void add(const WaitingRows& rows) {
        if (auto reason = missing_target(rows.owner)) {
            note(rows, unconfigured_target(), std::move(*reason));
            return;
        }
        const auto& staging = rows.staging.value;
        if (staging.empty() || has_backend(api_.facts.stagings, staging)) return;
        note(rows, unconfigured_staging(),
             fmt::format("The staging \"{}\" is not configured.", staging));
    }

    // Rows that take part in no file yet go where the newest mapping says.
    void add_open(SinkNumber sink, const LevelStatistics& local) {
        const auto newest = api_.catalog.newest_mapping(sink);
        if (!newest.ok()) return;
        const SinkVersion owner{.sink = sink, .mapping = newest.value()};
        auto reason = missing_target(owner);
        if (!reason || gathered_.contains({sink, *reason})) return;
        note({.owner = owner,
              .staging = {},
              .files = 0,
              .rows = local.rows,
              .oldest = local.first_at},
             unconfigured_target(), std::move(*reason));
    }

    void note(const WaitingRows& rows, Kind kind, std::string reason) {
        auto& failing = gathered_[{rows.owner.sink, reason}];
        failing.owner = rows.owner;
        failing.kind = std::move(kind);
        failing.reason = std::move(reason);
        failing.files += rows.files;
        failing.rows += rows.rows;
        failing.since = std::min(failing.since.value_or(rows.oldest), rows.oldest);
    }

    const OverviewApi& api_;
    const BySink& reports_;
    std::map<std::pair<SinkNumber, std::string>, Failing> gathered_;
};

// The most rows first.
Result<std::vector<Failing>> gather(const OverviewApi& api, const std::vector<StuckFile>& stuck,
                                    const BySink& reports) {
    auto all = gather_stuck(stuck, reports);
    if (api.facts.lacks_backends) {
        TRY_ASSIGN(auto unconfigured, Unconfigured(api, reports).gather());
        std::ranges::move(unconfigured, std::back_inserter(all));
    }
    std::ranges::stable_sort(all, std::ranges::greater(), &Failing::rows);
    return all;
}

OrderedJson render_failing(const OverviewApi& api, const Failing& failing) {
    OrderedJson json = {{"branchId", api.scope.branch.value}};
    // Nothing where the sink and its mapping are gone; a load has a table alone.
    if (const auto mapping = api.catalog.mapping(failing.owner); mapping.ok()) {
        const auto& snapshot = mapping.value();
        if (!snapshot.sink.sink.value.empty()) {
            json["sourceId"] = snapshot.sink.source.source.value;
            json["sinkId"] = snapshot.sink.sink.value;
        }
        json["tableId"] = snapshot.table.text();
        json["target"] = snapshot.target.value;
    }
    json["kind"] = failing.kind.name;
    if (failing.since) json["since"] = format_utc(*failing.since);
    json["reason"] = failing.reason;
    json["waitingRows"] = failing.rows;
    json["files"] = failing.files;
    if (const auto& worst = failing.worst) {
        if (worst->why != StuckFile::Why::set_aside) {
            json["attempts"] = worst->attempts;
            json["nextTryAt"] = format_utc(worst->next_try);
        }
        json["fileId"] = to_string(worst->file);
    }
    json["remedy"] = failing.kind.remedy;
    json["actions"] = failing.kind.actions;
    return json;
}

OrderedJson render_levels(const BySink& reports, const CatalogOverview& catalog) {
    SinkStatistics sum;
    for (const auto& [_, report] : reports) {
        sum.local.add(report.statistics.local);
        sum.staging.add(report.statistics.staging);
        sum.set_aside.add(report.statistics.set_aside);
        sum.target.rows += report.statistics.target.rows;
        sum.target.csv_bytes += report.statistics.target.csv_bytes;
    }
    return {{"local", render_level(sum.local)},
            {"staging", render_level(sum.staging)},
            {"setAside", render_level(sum.set_aside)},
            {"rejects", {{"rows", catalog.rejects}, {"bytes", catalog.reject_bytes}}},
            {"target", {{"rows", sum.target.rows}, {"bytes", sum.target.csv_bytes}}}};
}

Result<Response> make_overview(const OverviewApi& api) {
    TRY_ASSIGN(const auto reports, accounts::report_all_statistics(api.lifecycle, api.journal));
    TRY_ASSIGN(const auto catalog,
               api.reports.overview(api.scope.project, api.scope.branch, kStuckMax));
    TRY_ASSIGN(const auto loads, api.loads.totals());
    TRY_ASSIGN(auto volumes, render_volumes(api));
    TRY_ASSIGN(const auto failing, gather(api, catalog.stuck, reports));
    auto shown = troubles_of(api, volumes);
    const auto failing_count = shown.size() + failing.size();
    for (const auto& one : failing) {
        if (shown.size() >= kFailingMax) break;
        shown.push_back(render_failing(api, one));
    }
    const auto& counts = catalog.definitions;
    OrderedJson json = {
        {"projectId", api.scope.project.value},
        {"branchId", api.scope.branch.value},
        {"at", format_utc(api.clock.wall())},
        {"service", render_service(api)},
        {"rates",
         {{"now", render_rates(api.traffic.now())}, {"hour", render_rates(api.traffic.hour())}}},
        {"levels", render_levels(reports, catalog)},
        {"files",
         {{"writing", api.journal.open_files().size()},
          {"closing", catalog.files.closing},
          {"importing", catalog.files.importing},
          {"setAside", catalog.files.set_aside}}},
        {"volumes", std::move(volumes)},
        {"templates", render_templates(api.facts.templates())},
        {"failing", std::move(shown)},
        {"failingCount", failing_count},
        {"counts",
         {{"sources", counts.sources},
          {"deletedSources", counts.deleted_sources},
          {"sinks", counts.sinks},
          {"disabledSinks", counts.disabled_sinks},
          {"tasksRunning", counts.tasks_running},
          {"loadsOpen", loads.open + loads.prepared},
          {"loadsWaiting", loads.waiting}}}};
    if (const auto uncounted = accounts::uncounted_text(api.journal)) {
        json["uncounted"] = as_sentence(*uncounted);
    }
    return json_response(200, json);
}

// Columns of the same length. Over steps that are missing, as while the service was down, charts
// draw no line: there is a step without figures.
OrderedJson render_steps(const std::vector<TrafficSeries::Step>& steps, std::int64_t step_seconds) {
    auto at = OrderedJson::array();
    auto records = OrderedJson::array();
    auto bytes = OrderedJson::array();
    auto rows = OrderedJson::array();
    auto refused = OrderedJson::array();
    auto p99 = OrderedJson::array();
    std::optional<std::int64_t> last;
    for (const auto& [end, rates] : steps) {
        if (last && end - *last > 2 * step_seconds) {
            at.push_back(*last + step_seconds);
            for (auto* const column : {&records, &bytes, &rows, &refused, &p99}) {
                column->push_back(nullptr);
            }
        }
        last = end;
        at.push_back(end);
        records.push_back(rounded(rates.records));
        bytes.push_back(rounded(rates.bytes));
        rows.push_back(rounded(rates.rows));
        refused.push_back(rounded(rates.refused));
        p99.push_back(render_p99(rates));
    }
    return {{"at", std::move(at)},
            {"recordsPerSecond", std::move(records)},
            {"bytesPerSecond", std::move(bytes)},
            {"rowsPerSecond", std::move(rows)},
            {"refusedPerSecond", std::move(refused)},
            {"answerP99Milliseconds", std::move(p99)}};
}

Result<Response> series(const OverviewApi& api, const Call& call) {
    const auto given = call.request.query.find("span");
    const auto span = given == call.request.query.end() ? std::string("hour") : given->second;
    if (span != "hour" && span != "day") {
        return Error(Code::invalid,
                     fmt::format("Value of span must be one of \"hour\", \"day\" but got value "
                                 "\"{}\".",
                                 shortened(span, 60)))
            .named(kInvalidEnumValue);
    }
    const bool is_hour = span == "hour";
    const auto step = is_hour ? TrafficSeries::kShortStep : TrafficSeries::kLongStep;
    auto steps = is_hour ? api.traffic.short_steps() : api.traffic.long_steps();
    const auto from = api.clock.wall().unix_ms / 1000 - (is_hour ? 3600 : 24 * 3600) - step;
    std::erase_if(steps, [from](const auto& one) { return one.end < from; });
    OrderedJson json = {{"projectId", api.scope.project.value},
                        {"branchId", api.scope.branch.value},
                        {"span", span},
                        {"stepSeconds", step}};
    json.update(render_steps(steps, step));
    return json_response(200, json);
}

OrderedJson render_backends(const std::vector<BackendInForce>& backends, bool is_staging) {
    auto array = OrderedJson::array();
    for (const auto& backend : backends) {
        OrderedJson json = {{"name", backend.name}, {"type", backend.type}};
        if (is_staging) json["isInUse"] = backend.is_in_use;
        array.push_back(std::move(json));
    }
    return array;
}

Result<Response> show_facts(const OverviewApi& api, const Call&) {
    const auto& facts = api.facts;
    auto options = OrderedJson::array();
    for (const auto& option : facts.options) {
        options.push_back({{"name", option.name},
                           {"heading", option.heading},
                           {"value", option.value},
                           {"isDefault", option.is_default},
                           {"sentence", option.sentence}});
    }
    TRY_ASSIGN(auto volumes, render_volumes(api));
    OrderedJson json = {{"projectId", api.scope.project.value},
                        {"branchId", api.scope.branch.value}};
    json.update(render_service(api));
    json["apiUrl"] = api.scope.api_url;
    json["ingestUrl"] = api.scope.ingest_url;
    json["documentation"] = api.scope.api_url + "/v1/documentation/";
    json["dataDir"] = facts.data_dir;
    json["adminTokenPlace"] = facts.admin_token_place;
    json["options"] = std::move(options);
    json["volumes"] = std::move(volumes);
    json["targets"] = render_backends(facts.targets, false);
    json["stagings"] = render_backends(facts.stagings, true);
    return json_response(200, json);
}

}  // namespace

void add_overview(Router& router, const OverviewApi& api) {
    const Routes<OverviewApi> routes(router, api);
    const auto kept = std::make_shared<KeptOverview>();
    routes.add("GET", "/v1/overview", [kept](const OverviewApi& a, const Call&) {
        return kept->get(a.clock.steady(), [&a] { return make_overview(a); });
    });
    routes.add("GET", "/v1/overview/series", series, {"span"});
    routes.add("GET", "/v1/service", show_facts);
}

}  // namespace millrace::control
