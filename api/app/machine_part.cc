#include "api/app/machine_part.h"

#include <fmt/format.h>

#include <utility>

#include "api/app/app.h"
#include "api/app/descriptor_limit.h"
#include "api/config/volume_options.h"
#include "api/log/log.h"
#include "storage/os/private_file.h"

namespace millrace {

Result<void> MachinePart::start() {
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
    if (auto prepared = ReadyFile::prepare(path("service.json")); prepared.ok()) {
        service_file_ = std::move(prepared).value();
    } else {
        log::warn("service_file_not_written", {{"cause", prepared.error().operator_text()}});
    }
    watch_disk();
    restrict_stored_files();
    return {};
}

void MachinePart::stop() {
    lifecycle_strand_.stop();
    for (const auto& worker : workers_) worker->stop();
    background_.stop();
}

std::vector<Executor*> MachinePart::workers(std::size_t count) {
    std::vector<Executor*> workers;
    for (std::size_t i = 1; i <= count; ++i) {
        workers_.push_back(std::make_unique<os::ThreadExecutor>(fmt::format("worker-{}", i),
                                                                os::ThreadExecutor::Priority::low));
        workers.push_back(workers_.back().get());
    }
    return workers;
}

// Connections that no descriptor is left for would take those of the journals.
void MachinePart::share_out_descriptors() {
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

// What is opened after this may need room.
void MachinePart::watch_disk() {
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
void MachinePart::restrict_stored_files() const {
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
          "staging", "stagings", "target", "targets", "traffic"}) {
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

}  // namespace millrace
