#include "api/app/control_part.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "api/app/admin_token.h"
#include "api/app/backup.h"
#include "api/app/latch.h"
#include "api/app/service_metrics.h"
#include "api/app/stream_loads.h"
#include "api/config/help.h"
#include "api/config/options.h"
#include "api/log/log.h"
#include "storage/os/disk_space.h"

namespace millrace {
namespace {

constexpr auto kApiStopWait = std::chrono::seconds(5);
constexpr std::size_t kErrorLogMax = 64 << 10;  // in the answer for a load

}  // namespace

Result<void> ControlPart::start() {
    const auto& config = machine_.config();
    // Bound first, so that public URLs are known.
    server_ = std::make_unique<control::Server>(
        request_id_rng_, pipeline_.progress(),
        control::ServerLimits{
            .connection = {.header_lines = 256, .idle_time = config.limits.idle_time},
            .connections = machine_.api_connections(),
            .tls = tls_.api()});
    TRY_ASSIGN(const auto port, server_->bind(config.api_listen).in("api.listen"));
    url_ = fmt::format("{}://{}", scheme_of(tls_.api()),
                       config::format_endpoint({.host = config.api_listen.host, .port = port}));
    plane_ = std::make_unique<control::ControlPlane>(
        ports(),
        control::ControlPlane::Options{
            .scope = {.project = config.project,
                      .branch = config.branch,
                      .api_url = config.api_public_url.empty() ? url_ : config.api_public_url,
                      .ingest_url = config.ingest_public_url.empty() ? doors_.url()
                                                                     : config.ingest_public_url},
            .admin_token = access_.admin_token(),
            .mapping_limits = {.row_bytes_max = config.limits.row_bytes},
            .definition_limits = config.limits.definitions,
            .node_settings = config.settings,
            .metrics = [this] { return metrics(); },
            .facts = facts(),
            .source_kinds = kinds_.sources,
            .resources = resources(),
            .error_log =
                [folder = error_logs_folder(config.data_dir)](LoadNumber load) {
                    return stream_load::error_log_of(folder, load, kErrorLogMax);
                },
            .is_from_before =
                [this](const VolumeId& volume) {
                    return storage_.catalog().is_from_before(volume);
                }});
    TRY(publish_and_serve());
    traffic_.start();
    server_->start([this](const control::Request& request) { return plane_->handle(request); });
    return {};
}

Result<void> ControlPart::publish_and_serve() {
    const auto published = std::make_shared<Latch>();
    TRY(plane_->start([published] { published->open(); }));
    doors_.serve();
    if (published->wait(kStopWait)) return {};
    return Error(Code::internal, "the ingest loops do not answer");
}

void ControlPart::stop() {
    is_stopping_ = true;  // a backup under way is given up
    backups_.stop();
    pipeline_.progress().close();
    if (server_ != nullptr) server_->stop(kApiStopWait);
    traffic_.stop();
}

control::ServiceFacts ControlPart::facts() const {
    const auto& config = machine_.config();
    control::ServiceFacts told{
        .version = std::string(config::version()),
        .started_at = machine_.clock().wall(),
        .started = machine_.clock().steady(),
        .data_dir = config.data_dir,
        .admin_token_place = place_of_admin_token(config.data_dir, config.admin_token),
        .spaces = [this] { return spaces(); },
        .templates =
            [this] {
                const auto load = pipeline_.templates().load();
                const auto& counters = pipeline_.template_counters();
                return control::TemplateFacts{.workers = load.workers,
                                              .waiting = load.waiting,
                                              .killed = counters.killed,
                                              .workers_lost = counters.workers_lost};
            },
        .silent_sources =
            [this] {
                std::vector<control::SilentSource> silent;
                for (const auto& door : doors_.all()) {
                    std::ranges::move(door->silent_sources(), std::back_inserter(silent));
                }
                return silent;
            }};
    const auto defaults = config::default_config();
    std::string heading;
    for (const auto& spec : config::option_specs()) {
        if (!spec.heading.empty()) heading = spec.heading;
        const auto value = config::show(spec, config);
        told.options.push_back({.heading = heading,
                                .name = std::string(spec.name),
                                .value = value,
                                .sentence = std::string(spec.sentence),
                                .is_default = value == config::show(spec, defaults)});
    }
    // What they are set up with has passwords in it.
    const auto type_of = [](const config::Backends& configured, const std::string& name,
                            std::string_view usual) {
        const auto found = configured.find(name);
        return found == configured.end() ? std::string(usual) : found->second.kind;
    };
    for (const auto& [name, _] : storage_.backends().targets().all()) {
        told.targets.push_back(
            {.name = name.value, .type = type_of(config.targets, name.value, "sqlite")});
    }
    for (const auto& [name, _] : storage_.backends().stagings().all()) {
        told.stagings.push_back({.name = name.value,
                                 .type = type_of(config.stagings, name.value, "folder"),
                                 .is_in_use = name.value == config.staging_in_use});
    }
    told.lacks_backends = storage_.backends().lacks_some();
    return told;
}

// A disk that cannot be asked is left out.
std::vector<control::VolumeSpace> ControlPart::spaces() const {
    std::vector<control::VolumeSpace> spaces;
    for (const auto& volume : storage_.local_volumes()) {
        const auto space = os::disk_space(volume->directory());
        if (!space.ok()) continue;
        spaces.push_back({.name = volume->name(),
                          .is_full = !volume->has_room(),
                          .free_bytes = space.value().free_bytes,
                          .total_bytes = space.value().total_bytes,
                          .reserve_bytes = volume->reserve_bytes()});
    }
    return spaces;
}

accounts::TrafficTotals ControlPart::traffic() const {
    accounts::TrafficTotals totals;
    for (const auto& door : doors_.all()) door->add_traffic(totals);
    totals.rows = pipeline_.lifecycle().counters().imported_rows;
    return totals;
}

std::vector<control::AddResource> ControlPart::resources() {
    std::vector<control::AddResource> resources;
    for (const auto& kind : kinds_.resources) {
        resources.push_back(kind.make({.config = machine_.config(),
                                       .documents = storage_.catalog(),
                                       .targets = storage_.backends().targets()}));
    }
    resources.push_back([this](control::Router& router, const control::ResourceParts& parts) {
        control::add_backup(
            router, parts, [this](const auto& wish, auto done) { back_up(wish, std::move(done)); });
    });
    return resources;
}

void ControlPart::back_up(const control::BackupWish& wish,
                          std::function<void(Result<std::string>)> done) {
    backups_.post([this, wish, done = std::move(done)] {
        const BackupOrder order{.path = wish.path,
                                .with_targets = wish.with_targets,
                                .with_key_file = wish.with_key_file};
        auto made = make_backup({.config = machine_.config(),
                                 .disk = machine_.disk(),
                                 .clock = machine_.clock(),
                                 .catalog = storage_.catalog(),
                                 .volumes = storage_.volumes(),
                                 .stagings = storage_.backends().stagings(),
                                 .hold = storage_.removal_hold(),
                                 .target_folders = storage_.backends().target_folders(),
                                 .stop = is_stopping_},
                                order);
        if (!made.ok()) return done(std::move(made).error());
        log::info("backup_made", {{"path", order.path},
                                  {"slices", made.value().slices},
                                  {"rows", made.value().rows},
                                  {"missing", std::uint64_t{made.value().missing.size()}}});
        done(describe(made.value(), order.path));
    });
}

control::ControlPlane::Ports ControlPart::ports() {
    auto& catalog = storage_.catalog();
    return {.catalog = catalog,
            .lifecycle = catalog,
            .loads = catalog,
            .tables = catalog,
            .tokens = access_.tokens(),
            .sink_tokens = catalog,
            .wrong_tokens = access_.wrong_tokens(),
            .reports = catalog,
            .overview = catalog,
            .rejects = catalog,
            .slices = storage_.volumes(),
            .journal = storage_.volumes(),
            .progress = pipeline_.progress(),
            .targets = storage_.backends().targets(),
            .evaluator = pipeline_.templates(),
            .routes = doors_.routes(),
            .sink_counters = pipeline_.sink_counters(),
            .recent = pipeline_.recent_requests(),
            .traffic = traffic_.series(),
            .volumes = pipeline_.volume_acts(),
            .change_file =
                [this](const lifecycle::FileChange& change, lifecycle::FileChangeDone done) {
                    pipeline_.lifecycle().change_file(change, std::move(done));
                },
            .read_file_rows =
                [this](FileId file, const lifecycle::RowsPlace& from) {
                    return pipeline_.lifecycle().file_rows(file, from);
                },
            .strand = pipeline_.tasks(),
            .clock = machine_.clock(),
            .rng = machine_.secure_rng()};
}

std::string ControlPart::metrics() const {
    return metrics_text({.doors = doors_.all(),
                         .api = *server_,
                         .rejects = pipeline_.rejects(),
                         .window = storage_.window(),
                         .sink_counters = pipeline_.sink_counters(),
                         .templates = pipeline_.template_counters(),
                         .lifecycle = pipeline_.lifecycle(),
                         .catalog = storage_.catalog(),
                         .backends = storage_.backends(),
                         .volumes = storage_.volumes(),
                         .local_volumes = storage_.local_volumes(),
                         .tls = tls_,
                         .clock = machine_.clock(),
                         .wrong_tokens = access_.wrong_tokens().count()});
}

}  // namespace millrace
