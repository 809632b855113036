#include "api/app/doors_part.h"

#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "api/webhooks/source_rules.h"

namespace millrace {
namespace {

// Presets know how long their senders send again.
Milliseconds key_window(const pipeline::SourceRoute& route) {
    if (route.kind != kHttpSource) return route.idempotency.window;
    return webhooks::keys_of(route.details, route.idempotency).window;
}

// Bodies lie where slices do: what a crash leaves there is removed at the start.
duckdb::SpooledBodies::Options parquet_options(StoragePart& storage) {
    std::error_code failure;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
    std::map<VolumeId, std::string> directories;
    for (const auto& volume : storage.local_volumes()) {
        directories.emplace(volume->id(), volume->directory() + "/slices");
    }
    return {.libraries = duckdb::library_paths(program.string()),
            .directory_of = [directories = std::move(directories)](
                                const VolumeId& volume) -> Result<std::string> {
                const auto found = directories.find(volume);
                if (found != directories.end()) return found->second;
                return Error(Code::unavailable, "the volume of the load is not here");
            },
            .has_room = [&storage](const VolumeId& volume) { return storage.has_room(volume); }};
}

}  // namespace

Result<void> DoorsPart::start() {
    parquet_.emplace(parquet_options(storage_));
    const DoorPorts ports{
        .config = machine_.config(),
        .journal = storage_.volumes(),
        .clock = machine_.clock(),
        .rejects = pipeline_.rejects(),
        .reject_store = storage_.catalog(),
        .window = storage_.window(),
        .key_homes = storage_.key_homes(),
        .evaluator = pipeline_.templates(),
        .gate = access_.gate(),
        .wrong_secrets = access_.wrong_secrets(),
        .definitions = storage_.catalog(),
        .tables = storage_.catalog(),
        .targets = storage_.backends().targets(),
        .load_stores = pipeline_.load_stores(),
        .files = storage_.catalog(),
        .loads = pipeline_.load_ends(),
        .visible_loads = pipeline_.visible_loads(),
        .expressions = expressions_,
        .parquet = *parquet_,
        .backend_probe = storage_.backend_probe(),
        .coverage = storage_.catalog(),
        .is_restored = storage_.is_restored(),
        .tls = tls_.ingest(),
        .accepting = [this] { return storage_.has_room(); },
        .accepting_of = [&volumes = storage_.volumes()](
                            const SourceId& source) { return volumes.takes_rows_of(source); },
        .has_room_for = [this](
                            const VolumeId& volume,
                            std::uint64_t bytes) { return storage_.has_room_for(volume, bytes); }};
    std::vector<pipeline::RouteFanOut::DoorRoutes> routes;
    for (const auto& kind : kinds_.doors) {
        doors_.push_back(kind.open(ports));
        TRY_ASSIGN(auto url, doors_.back()->bind());
        if (doors_.size() == 1) url_ = std::move(url);
        routes.push_back({.door = doors_.back().get(), .kinds = kind.sources});
    }
    fan_out_ = std::make_unique<pipeline::RouteFanOut>(std::move(routes));
    routes_ = std::make_unique<pipeline::HomedRoutes>(
        *fan_out_, storage_.key_homes(), storage_.volumes(), key_window, tell_unrecorded);
    return {};
}

void DoorsPart::serve() {
    for (const auto& door : doors_) door->start();
}

void DoorsPart::leave() {
    for (const auto& door : doors_) door->leave();
}

void DoorsPart::stop() {
    // Side by side: together they have the time of one.
    const auto grace = machine_.config().stop_time;
    std::vector<std::jthread> stops;
    for (const auto& door : doors_) stops.emplace_back([&door, grace] { door->stop(grace); });
}

}  // namespace millrace
