#include "api/app/backup_command.h"

#include <atomic>
#include <filesystem>
#include <string>
#include <utility>

#include "api/app/app.h"
#include "api/app/backup.h"
#include "api/app/node_backends.h"
#include "api/app/stopped_folder.h"
#include "api/cli/api_client.h"
#include "storage/os/system_rng.h"

namespace millrace {
namespace {

// Records what the volumes close, as the lifecycle of a service does. Nobody moves the rows on.
class Recorder final : public VolumeObserver {
public:
    explicit Recorder(catalog::SqliteCatalog& catalog) : catalog_(catalog) {}

    // What fails here is waited for, and told then: the file is not closed.
    void slice_sealed(const OpenSlice& slice) override {
        static_cast<void>(catalog_.record_sealed(slice));
    }
    void file_closed(const OpenFile& file) override {
        static_cast<void>(catalog_.close_file(file));
    }
    void checkpointed(const VolumeId&, Sequence) override {}
    void batches_lost(const VolumeId& volume, BatchNumber first, BatchNumber last) override {
        static_cast<void>(catalog_.record_lost(volume, first, last));
    }

private:
    catalog::SqliteCatalog& catalog_;
};

BackupOrder order_of(const config::Command& command) {
    std::error_code failure;
    const auto path = std::filesystem::absolute(command.operands.at(0), failure);
    return {.path = path.lexically_normal().string(),
            .with_targets = command.switches.contains(kWithTargetsSwitch),
            .with_key_file = command.switches.contains(kWithKeyFileSwitch)};
}

Result<std::string> ask_service(const config::Config& config, const BackupOrder& order) {
    TRY_ASSIGN(auto api, cli::ApiClient::open({.api = {},
                                               .token = {},
                                               .admin_token = config.admin_token,
                                               .data_dir = config.data_dir}));
    TRY_ASSIGN(const auto task, api.change("POST", "/backup",
                                           cli::Json{{"path", order.path},
                                                     {"withTargets", order.with_targets},
                                                     {"withKeyFile", order.with_key_file}}));
    return task.value("result", std::string());
}

Result<std::string> back_up_stopped(StoppedFolder& folder, const config::Config& config,
                                    const Kinds& kinds, const BackupOrder& order) {
    os::SecureRng random;
    TRY_ASSIGN(const auto restored, folder.catalog->restored());
    TRY_ASSIGN(
        const auto backends,
        NodeBackends::open(config, kinds, folder.disk, *folder.catalog,
                           {.registry = *folder.catalog, .clock = folder.clock, .random = random},
                           restored ? epoch_name(restored->token) : std::string()));
    Recorder recorder(*folder.catalog);
    OpenedVolumes volumes(folder, config);
    TRY(volumes.open(config, recorder));
    lifecycle::RemovalHold hold;
    const std::atomic<bool> stop = false;
    TRY_ASSIGN(const auto made, make_backup({.config = config,
                                             .disk = folder.disk,
                                             .clock = folder.clock,
                                             .catalog = *folder.catalog,
                                             .volumes = volumes.port(),
                                             .stagings = backends->stagings(),
                                             .hold = hold,
                                             .target_folders = backends->target_folders(),
                                             .stop = stop},
                                            order));
    return describe(made, order.path);
}

}  // namespace

Result<CommandOutput> back_up(const config::Command& command, const Kinds& kinds) {
    const auto order = order_of(command);
    auto folder = StoppedFolder::open(command.config);
    if (!folder.ok()) {
        if (folder.error().name() != kDataLocked) return std::move(folder).error();
        TRY_ASSIGN(auto told, ask_service(command.config, order));
        return CommandOutput{.text = std::move(told)};
    }
    TRY_ASSIGN(auto text, back_up_stopped(*folder.value(), command.config, kinds, order));
    return CommandOutput{.text = std::move(text)};
}

}  // namespace millrace
