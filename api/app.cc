#include "api/app.h"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "api/admin_token.h"
#include "api/age_keeper.h"
#include "api/app/node_backends.h"
#include "api/control/control_plane.h"
#include "api/control/progress.h"
#include "api/control/server.h"
#include "api/descriptor_limit.h"
#include "api/disk_watch.h"
#include "api/local_volume.h"
#include "api/log/log.h"
#include "api/missing_parts.h"
#include "api/ready_file.h"
#include "api/secret_keys.h"
#include "api/service_metrics.h"
#include "api/volume_start.h"
#include "core/base/error_names.h"
#include "core/lifecycle/lifecycle.h"
#include "core/pipeline/homed_routes.h"
#include "core/pipeline/idempotency_window.h"
#include "core/pipeline/key_homes.h"
#include "core/pipeline/route_fan_out.h"
#include "core/pipeline/sink_counters.h"
#include "core/pipeline/volume_acts.h"
#include "core/pipeline/volumes.h"
#include "storage/catalog/sqlite_catalog.h"
#include "storage/codec/gzip.h"
#include "storage/os/directory_lock.h"
#include "storage/os/posix_disk.h"
#include "storage/os/private_file.h"
#include "storage/os/system_clock.h"
#include "storage/os/system_rng.h"
#include "storage/os/thread_executor.h"
#include "storage/secrets/sealed_secrets.h"
#include "storage/sqlite/version.h"
#include "templates/template_pool.h"

namespace millrace {
namespace {

constexpr auto kStopWait = std::chrono::seconds(20);    // for requests and steps under way
constexpr auto kApiStopWait = std::chrono::seconds(5);  // for requests to the API
constexpr std::size_t kWorkers = 8;                     // for uploads and imports
constexpr auto kCleanUpEvery = std::chrono::minutes(10);
constexpr auto kTendKeyHomesEvery = std::chrono::minutes(1);

// Waits until a callback has come, from whatever thread.
class Latch {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    bool wait(std::chrono::seconds at_most) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, at_most, [this] { return open_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

std::string url_of(const config::Endpoint& endpoint, std::uint16_t port) {
    return "http://" + config::format_endpoint({.host = endpoint.host, .port = port});
}

// The last end of the keys of each source on each volume.
using FoundKeys = std::map<std::pair<Fingerprint, VolumeId>, AgeTime>;

void tell_unrecorded(const Error& error) {
    log::warn("key_homes_not_recorded", {{"cause", error.operator_text()}});
}

class Service final : public App {
public:
    Service(const config::Config& config, const Kinds& kinds) : config_(config), kinds_(kinds) {}

    Result<void> start();
    void stop() override;

private:
    void watch_disk();
    void restrict_stored_files() const;
    Result<void> open_catalog();
    Result<void> open_storage();
    Result<void> listen();
    Result<std::string> open_doors();
    Result<void> open_volumes();
    Result<void> tell_missing_volumes(const std::vector<VolumeRecord>& absent) const;
    Result<void> forget_ended_volumes();
    void share_out_descriptors();
    Result<void> check_catalog();
    Result<void> open_key_homes(const FoundKeys& found);
    void tend_key_homes();
    Result<void> has_room() const;
    void clean_up_now_and_then();
    std::string metrics() const;
    std::unique_ptr<templates::TemplatePool> make_template_pool();
    std::vector<Executor*> make_workers();
    lifecycle::LifecycleEvents lifecycle_events();

    std::string path(std::string_view name) const {
        return config_.data_dir + "/" + std::string(name);
    }

    config::Config config_;  // limits.connections: what the descriptors allow
    const Kinds kinds_;
    std::size_t open_slices_ = 0;  // of each volume
    std::uint32_t api_connections_ = 0;
    os::PosixDisk disk_;
    os::SystemClock clock_;
    os::SecureRng secure_rng_;
    os::SystemRng request_id_rng_;
    pipeline::SinkCounterSet sink_counters_;
    pipeline::IdempotencyWindow window_{config_.limits.idempotency_memory_bytes};

    control::Progress progress_;

    std::optional<ReadyFile> ready_file_;
    bool is_ready_ = false;
    std::optional<os::DirectoryLock> lock_;
    std::optional<secrets::SealedSecrets> secrets_;
    std::unique_ptr<catalog::SqliteCatalog> catalog_;
    std::unique_ptr<AgeKeeper> ages_;
    codec::GzipCodec gzip_;
    std::unique_ptr<NodeBackends> backends_;
    std::vector<std::unique_ptr<LocalVolume>> local_volumes_;
    std::unique_ptr<pipeline::Volumes> volumes_;
    std::unique_ptr<pipeline::RecordedKeyHomes> key_homes_;
    std::unique_ptr<pipeline::VolumeActs> volume_acts_;
    std::unique_ptr<lifecycle::Lifecycle> lifecycle_;
    std::unique_ptr<DiskWatch> disk_watch_;
    std::unique_ptr<pipeline::RejectQueue> rejects_;
    TemplateCounters template_counters_;
    std::unique_ptr<templates::TemplatePool> templates_;
    std::vector<std::unique_ptr<OpenDoor>> doors_;
    std::unique_ptr<pipeline::RouteFanOut> door_routes_;
    std::unique_ptr<pipeline::HomedRoutes> routes_;
    std::unique_ptr<control::ControlPlane> control_;
    std::unique_ptr<control::Server> api_;

    // The last members, so that they end first: nothing runs while the rest goes.
    os::ThreadExecutor background_{"background"};
    // Events that come in are worth more than those that are on their way.
    std::vector<std::unique_ptr<os::ThreadExecutor>> workers_;
    os::ThreadExecutor lifecycle_thread_{"lifecycle"};
    os::ThreadExecutor tasks_thread_{"tasks"};
    os::ThreadExecutor rejects_thread_{"rejects"};
};

// Connections that no descriptor is left for would take those of the journals.
void Service::share_out_descriptors() {
    auto& connections = config_.limits.connections;
    const auto volumes = config::all_volumes(config_.volumes, config_.data_dir).size();
    const auto allowed = raise_descriptor_limit(descriptors_for(connections, volumes));
    const auto shares = share_descriptors(allowed, connections, volumes);
    open_slices_ = shares.open_slices;
    api_connections_ = shares.api_connections;
    const auto wanted = std::exchange(connections, shares.connections);
    if (connections == wanted) return;
    log::warn("few_descriptors",
              {{"message", "limits.connections is lowered to what ulimit -n allows"},
               {"allowed", allowed},
               {"connections", std::uint64_t{connections}},
               {"wanted", std::uint64_t{wanted}}});
}

Result<void> Service::start() {
    share_out_descriptors();
    TRY(disk_.make_directories(config_.data_dir));
    auto locked = os::DirectoryLock::acquire(config_.data_dir);
    if (!locked.ok()) {
        const bool taken = locked.error().code() == Code::conflict;
        return std::move(locked).error().named(taken ? kDataLocked : std::string_view());
    }
    lock_ = std::move(locked).value();
    // Only now: the file may be that of another process, which has the lock.
    TRY_ASSIGN(ready_file_, ReadyFile::prepare(config_.ready_file));
    watch_disk();
    restrict_stored_files();
    TRY(open_catalog());
    TRY(open_storage());
    TRY(listen());
    return {};
}

// What is opened after this may need room.
void Service::watch_disk() {
    disk_watch_ = std::make_unique<DiskWatch>(
        disk_, clock_, background_,
        DiskWatch::Options{.path = config_.data_dir,
                           .reserve_bytes = config_.limits.disk_reserve_bytes,
                           .ballast_bytes = config_.limits.disk_ballast_bytes},
        [] { return std::uint64_t{0}; },
        DiskEvents{.changed =
                       [](bool has_room) {
                           if (has_room) {
                               log::info("disk_has_room", {});
                           } else {
                               log::error("disk_full",
                                          {{"message", "ingest answers 507 until there is room"}});
                           }
                       },
                   .ballast_released =
                       [] {
                           log::warn(
                               "ballast_released",
                               {{"message", "the disk is full; what waits drains into this room"}});
                       },
                   .ballast_failed =
                       [](const Error& error) {
                           log::warn("no_ballast", {{"cause", error.operator_text()}});
                       }});
    disk_watch_->relieve();
}

// Files of an earlier version, or of a folder that was copied, may be open to other users. Only
// names of the service: a folder that was named by mistake keeps its modes.
void Service::restrict_stored_files() const {
    os::Restricted restricted;
    const auto restrict = [&](const std::string& directory, std::string_view name,
                              os::FileAccess access = os::FileAccess::group) {
        os::restrict_files(directory + "/" + std::string(name), access, restricted);
    };
    for (const auto* name : {"admin-token", "secrets.key"}) {
        restrict(config_.data_dir, name, os::FileAccess::owner);
    }
    for (const auto* name :
         {"ballast", "catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm", "lock",
          "staging", "stagings", "target", "targets"}) {
        restrict(config_.data_dir, name);
    }
    for (const auto& [volume, directory] : config::all_volumes(config_.volumes, config_.data_dir)) {
        for (const auto* name : {"FAILED", "ballast", "journal", "lock", "slices", "volume-id"}) {
            restrict(directory, name);
        }
    }
    if (restricted.files == 0 && restricted.failed == 0) return;
    log::warn("files_restricted", {{"files", restricted.files},
                                   {"failed", restricted.failed},
                                   {"example", restricted.example},
                                   {"message", "other users of the machine could use them"}});
}

Result<void> Service::open_catalog() {
    TRY(check_catalog());
    TRY_ASSIGN(const auto ring, load_secret_keys(config_));
    secrets_.emplace(ring);
    auto opened = catalog::SqliteCatalog::open(path("catalog.sqlite"), *secrets_);
    if (!opened.ok()) return explain_secret_error(std::move(opened).error(), config_);
    catalog_ = std::move(opened).value();
    auto ages = std::make_unique<AgeKeeper>(*catalog_, clock_, background_);
    TRY(ages->start());
    ages_ = std::move(ages);
    const auto& sealing = catalog_->sealing();
    if (sealing.sealed > 0) log::info("secrets_sealed", {{"sources", sealing.sealed}});
    if (sealing.unclean) {
        log::warn("secrets_not_cleaned",
                  {{"cause", sealing.unclean->operator_text()},
                   {"message",
                    "free pages of the catalog may have old secrets; the next start "
                    "tries again"}});
    }
    return {};
}

Result<void> Service::open_storage() {
    TRY_ASSIGN(backends_, NodeBackends::open(config_, kinds_, disk_, *catalog_));
    TRY(backends_->tell_missing(*catalog_));
    TRY(open_volumes());
    lifecycle_ = std::make_unique<lifecycle::Lifecycle>(
        lifecycle::Stores{.catalog = *catalog_,
                          .definitions = *catalog_,
                          .slices = *volumes_,
                          .stagings = backends_->stagings(),
                          .gzip = gzip_,
                          .targets = backends_->targets()},
        clock_, lifecycle::LifecycleThreads{.strand = lifecycle_thread_, .workers = make_workers()},
        lifecycle_events());
    lifecycle_->watch(*volumes_);
    TRY(forget_ended_volumes());
    for (const auto& volume : local_volumes_) volume->start(*lifecycle_);
    lifecycle_->start();
    disk_watch_->start();
    return {};
}

Result<void> Service::open_volumes() {
    TRY_ASSIGN(auto admitted, admit_volumes(disk_, *catalog_, config_));
    std::vector<pipeline::Volume> ports;
    FoundKeys found;
    const auto key_found = [&found](const pipeline::KeyFound& key) {
        auto& over_at = found[{key.source, key.volume}];
        over_at = std::max(over_at, key.over_at);
    };
    for (auto& configured : admitted.configured) {
        const bool has_own_disk = config_.volumes.contains(configured.name);
        TRY_ASSIGN(auto volume,
                   LocalVolume::open(
                       {.disk = disk_,
                        .clock = clock_,
                        .catalog = *catalog_,
                        .losses = *catalog_,
                        .registry = *catalog_,
                        .window = window_,
                        .key_found = key_found},
                       {.volume = std::move(configured),
                        .reserve_bytes = config_.limits.disk_reserve_bytes,
                        // Else that of the data folder.
                        .ballast_bytes = has_own_disk ? config_.limits.disk_ballast_bytes : 0,
                        .key_files_bytes_max = config_.limits.idempotency_memory_bytes,
                        .open_slices_max = open_slices_}));
        ports.push_back(volume->port());
        local_volumes_.push_back(std::move(volume));
    }
    TRY(tell_missing_volumes(admitted.absent));
    std::vector<pipeline::AbsentVolume> absent;
    for (auto& record : admitted.absent) {
        absent.push_back({.id = std::move(record.volume), .name = std::move(record.name)});
    }
    volumes_ = std::make_unique<pipeline::Volumes>(std::move(ports), std::move(absent));
    return open_key_homes(found);
}

Result<void> Service::open_key_homes(const FoundKeys& found) {
    key_homes_ = std::make_unique<pipeline::RecordedKeyHomes>(pipeline::RecordedKeyHomes::Parts{
        .store = *catalog_,
        .clock = clock_,
        .executor = background_,
        .is_away = [this](const VolumeId& volume) { return volumes_->is_away(volume); },
        .failed = tell_unrecorded});
    TRY(key_homes_->load());
    std::vector<pipeline::KeyFound> keys;
    for (const auto& [where, over_at] : found) keys.push_back({where.first, where.second, over_at});
    TRY(key_homes_->add(keys));
    TRY(key_homes_->tend());
    tend_key_homes();
    return {};
}

void Service::tend_key_homes() {
    background_.post_at(clock_.steady() + kTendKeyHomesEvery, [this] {
        if (const auto tended = key_homes_->tend(); !tended.ok()) tell_unrecorded(tended.error());
        tend_key_homes();
    });
}

Result<void> Service::check_catalog() {
    if (sqlite::has_wal_reset_fault()) {
        log::warn("sqlite",
                  {{"version", sqlite::library_version()},
                   {"message",
                    "it can lose a commit when two connections write and checkpoint at once; this "
                    "service never does, and other programs that write to target files should have "
                    "3.51.3 or newer, see docs/adr/0014-sqlite-checkpoints.md"}});
    } else {
        log::info("sqlite", {{"version", sqlite::library_version()}});
    }
    std::vector<std::string> directories;
    for (const auto& [name, directory] : config::all_volumes(config_.volumes, config_.data_dir)) {
        directories.push_back(directory);
    }
    return check_catalog_is_there(disk_, path("catalog.sqlite"), directories);
}

// Only a volume can say that a file gets no more rows, so what it has not closed waits for it; and
// it may have rows that only it knows of.
Result<void> Service::tell_missing_volumes(const std::vector<VolumeRecord>& absent) const {
    TRY_ASSIGN(auto waiting, catalog_->rows_to_import_by_volume());
    for (const auto& record : absent) {
        log::error("volume_missing",
                   {{"volume", record.name},
                    {"directory", record.directory},
                    {"rows", waiting[record.volume]},
                    {"message",
                     "it is not configured, and may have rows besides those, which wait for their "
                     "import; configure it again, or end it with millrace volume retire or lost"}});
    }
    return {};
}

// No journal replays what they had, so nothing of it is kept for that.
Result<void> Service::forget_ended_volumes() {
    TRY_ASSIGN(const auto known, catalog_->volumes());
    for (const auto& record : known) {
        if (record.state != VolumeState::active) lifecycle_->volume_ended(record.volume);
    }
    volume_acts_ = std::make_unique<pipeline::VolumeActs>(
        *catalog_, *volumes_,
        [this](const VolumeRecord& record) {
            log::warn("volume_ended",
                      {{"volume", record.name}, {"message", pipeline::end_sentence(record)}});
            lifecycle_->volume_ended(record.volume);
            if (const auto read = key_homes_->load(); !read.ok()) tell_unrecorded(read.error());
        },
        [this](std::span<const pipeline::KeyFound> keys) { return key_homes_->add(keys); });
    return {};
}

Result<void> Service::listen() {
    TRY_ASSIGN(auto token,
               load_admin_token(disk_, secure_rng_, config_.data_dir, config_.admin_token));

    // Bound first, so that public URLs are known; answered last, so that no client finds half a
    // service.
    api_ = std::make_unique<control::Server>(
        request_id_rng_, clock_, progress_, control::ServerLimits{.connections = api_connections_});
    TRY_ASSIGN(const auto api_port, api_->bind(config_.api_listen));
    templates_ = make_template_pool();
    rejects_ = std::make_unique<pipeline::RejectQueue>(
        *catalog_, rejects_thread_,
        pipeline::RejectQueue::Options{.failed = [](const Error& error) {
            log::warn("rejects_not_kept", {{"cause", error.operator_text()}});
        }});
    TRY_ASSIGN(const auto ingest_url, open_doors());
    const auto api_url = url_of(config_.api_listen, api_port);
    control_ = std::make_unique<control::ControlPlane>(
        control::ControlPlane::Ports{.catalog = *catalog_,
                                     .lifecycle = *catalog_,
                                     .tokens = *catalog_,
                                     .reports = *catalog_,
                                     .rejects = *catalog_,
                                     .slices = *volumes_,
                                     .journal = *volumes_,
                                     .progress = progress_,
                                     .targets = backends_->targets(),
                                     .evaluator = *templates_,
                                     .routes = *routes_,
                                     .sink_counters = sink_counters_,
                                     .volumes = *volume_acts_,
                                     .strand = tasks_thread_,
                                     .clock = clock_,
                                     .rng = secure_rng_},
        control::ControlPlane::Options{
            .scope = {.project = config_.project,
                      .branch = config_.branch,
                      .api_url = config_.api_public_url.empty() ? api_url : config_.api_public_url,
                      .ingest_url = config_.ingest_public_url.empty() ? ingest_url
                                                                      : config_.ingest_public_url},
            .admin_token = std::move(token),
            .mapping_limits = {.row_bytes_max = config_.limits.row_bytes},
            .definition_limits = config_.limits.definitions,
            .node_settings = config_.settings,
            .metrics = [this] { return metrics(); },
            .source_kinds = kinds_.sources});
    // Published before the loops run: the first request already finds its source.
    const auto published = std::make_shared<Latch>();
    TRY(control_->start([published] { published->open(); }));
    for (const auto& door : doors_) door->start();
    if (!published->wait(kStopWait)) return Error(Code::internal, "the ingest loops do not answer");
    clean_up_now_and_then();
    api_->start([this](const control::Request& request) { return control_->handle(request); });
    TRY(ready_file_->write(api_url, ingest_url));
    is_ready_ = true;
    log::info("ready", {{"api", api_url}, {"ingest", ingest_url}, {"data", config_.data_dir}});
    return {};
}

// Returns what clients call the first one by.
Result<std::string> Service::open_doors() {
    const DoorPorts ports{.config = config_,
                          .journal = *volumes_,
                          .clock = clock_,
                          .rejects = *rejects_,
                          .window = window_,
                          .key_homes = *key_homes_,
                          .evaluator = *templates_,
                          .accepting = [this] { return has_room(); }};
    std::vector<pipeline::RouteFanOut::DoorRoutes> routes;
    std::string first_url;
    for (const auto& kind : kinds_.doors) {
        doors_.push_back(kind.open(ports));
        TRY_ASSIGN(auto url, doors_.back()->bind());
        if (doors_.size() == 1) first_url = std::move(url);
        routes.push_back({.door = doors_.back().get(), .kinds = kind.sources});
    }
    door_routes_ = std::make_unique<pipeline::RouteFanOut>(std::move(routes));
    routes_ = std::make_unique<pipeline::HomedRoutes>(*door_routes_, *key_homes_, *volumes_,
                                                      tell_unrecorded);
    return first_url;
}

std::unique_ptr<templates::TemplatePool> Service::make_template_pool() {
    const auto& limits = config_.templates;
    return std::make_unique<templates::TemplatePool>(
        templates::TemplatePool::Options{.command = {"/proc/self/exe", "template-worker"},
                                         .limits = {.memory_bytes = limits.memory_bytes,
                                                    .stack_frames = limits.stack_frames,
                                                    .output_bytes = limits.output_bytes,
                                                    .time = limits.time}},
        templates::TemplateEvents{
            .evaluation_killed =
                [this](const templates::EvaluationKilled& event) {
                    ++template_counters_.killed;
                    log::warn("template_killed",
                              {{"template", event.template_text}, {"cause", event.cause}});
                },
            .worker_lost =
                [this](const Error& error) {
                    ++template_counters_.workers_lost;
                    log::warn("template_worker_lost", {{"cause", error.operator_text()}});
                }});
}

Result<void> Service::has_room() const {
    if (disk_watch_->has_room()) return volumes_->has_room();
    return Error(Code::overloaded, "The disk is full; try again later.")
        .named(error_names::kInDiskFull);
}

void Service::clean_up_now_and_then() {
    tasks_thread_.post_at(clock_.steady() + kCleanUpEvery, [this] {
        window_.forget_expired(clock_.age());
        if (auto cleaned = control_->clean_up(clock_.age()); !cleaned.ok()) {
            log::warn("not_cleaned_up", {{"cause", cleaned.error().operator_text()}});
        }
        clean_up_now_and_then();
    });
}

void Service::stop() {
    if (ready_file_) {
        if (auto removed = ready_file_->remove(); !removed.ok()) {
            log::warn("ready_file_not_removed", {{"cause", removed.error().operator_text()}});
        }
    }
    for (const auto& door : doors_) door->leave();
    if (is_ready_) std::this_thread::sleep_for(config_.leave_time);  // else nobody sends yet
    progress_.close();
    if (api_ != nullptr) api_->stop(kApiStopWait);
    for (const auto& door : doors_) door->stop(kStopWait);
    tasks_thread_.stop();
    if (lifecycle_ != nullptr) {
        const auto stopped = std::make_shared<Latch>();
        lifecycle_->stop([stopped] { stopped->open(); });
        if (!stopped->wait(kStopWait)) log::warn("steps_still_running", {});
    }
    if (volumes_ != nullptr) {
        const auto written = std::make_shared<Latch>();
        volumes_->checkpoint([written](const Result<void>& result) {
            if (!result.ok())
                log::warn("no_checkpoint", {{"cause", result.error().operator_text()}});
            written->open();
        });
        written->wait(kStopWait);
    }
    rejects_thread_.stop();
    for (const auto& volume : local_volumes_) volume->stop();
    lifecycle_thread_.stop();
    for (const auto& worker : workers_) worker->stop();
    background_.stop();
    if (ages_ != nullptr) ages_->stop();
}

std::vector<Executor*> Service::make_workers() {
    std::vector<Executor*> workers;
    for (std::size_t i = 1; i <= kWorkers; ++i) {
        workers_.push_back(std::make_unique<os::ThreadExecutor>(fmt::format("worker-{}", i),
                                                                os::ThreadExecutor::Priority::low));
        workers.push_back(workers_.back().get());
    }
    return workers;
}

lifecycle::LifecycleEvents Service::lifecycle_events() {
    return {
        .slice_uploaded =
            [this](const lifecycle::SliceUploaded& event) {
                progress_.note();
                log::debug("slice_uploaded", {{"slice", to_string(event.slice)},
                                              {"file", to_string(event.file)},
                                              {"sink", event.sink.value},
                                              {"rows", event.rows},
                                              {"bytes", event.bytes},
                                              {"staged_bytes", event.staged_bytes},
                                              {"ms", std::int64_t{event.took.count()}}});
            },
        .file_imported =
            [this](const lifecycle::FileImported& event) {
                progress_.note();
                log::info("file_imported", {{"file", to_string(event.file)},
                                            {"table", event.table},
                                            {"rows", event.rows},
                                            {"bytes", event.bytes},
                                            {"slices", std::uint64_t{event.slices}},
                                            {"already_done", event.already_done},
                                            {"ms", std::int64_t{event.took.count()}}});
            },
        .step_failed =
            [](const lifecycle::StepFailed& event) {
                log::warn("step_failed", {{"step", std::string(event.step)},
                                          {"subject", event.subject},
                                          {"cause", event.reason},
                                          {"attempt", std::uint64_t{event.attempt}},
                                          {"retry_in_ms", std::int64_t{event.retry_in.count()}}});
            },
        .backend_missing =
            [](const lifecycle::BackendMissing& event) {
                log::warn(
                    "file_waits_for_backend",
                    {{"file", event.subject}, {"sink", event.sink.value}, {"cause", event.reason}});
            }};
}

std::string Service::metrics() const {
    return metrics_text({.doors = doors_,
                         .api = *api_,
                         .rejects = *rejects_,
                         .window = window_,
                         .sink_counters = sink_counters_,
                         .templates = template_counters_,
                         .lifecycle = *lifecycle_,
                         .catalog = *catalog_,
                         .backends = *backends_,
                         .volumes = *volumes_,
                         .local_volumes = local_volumes_,
                         .wrong_tokens = control_->wrong_tokens()});
}

}  // namespace

Result<std::unique_ptr<App>> App::start(const config::Config& config, const Kinds& kinds) {
    auto service = std::make_unique<Service>(config, kinds);
    auto started = service->start();
    if (!started.ok()) {
        service->stop();
        return std::move(started).error();
    }
    return std::unique_ptr<App>(std::move(service));
}

}  // namespace millrace
