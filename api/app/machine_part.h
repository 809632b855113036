#pragma once
// MachinePart: what the service has of its machine: the data folder and its lock, descriptors, the
// look at free space, clocks, randomness, and threads that other parts share.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/app/disk_watch.h"
#include "api/app/part.h"
#include "api/app/ready_file.h"
#include "api/config/config.h"
#include "storage/os/directory_lock.h"
#include "storage/os/posix_disk.h"
#include "storage/os/system_clock.h"
#include "storage/os/system_rng.h"
#include "storage/os/thread_executor.h"

namespace millrace {

class MachinePart final : public Part {
public:
    explicit MachinePart(const config::Config& config) : config_(config) {}

    // Errors  conflict, kDataLocked: another process has the data folder
    Result<void> start() override;
    // The threads end when they have done what they were given.
    void stop() override;

    // limits.connections is what the descriptors allow.
    const config::Config& config() const { return config_; }
    std::string path(std::string_view name) const {
        return config_.data_dir + "/" + std::string(name);
    }
    std::size_t open_slices() const { return open_slices_; }  // of each volume
    std::uint32_t api_connections() const { return api_connections_; }
    Disk& disk() { return disk_; }
    os::SystemClock& clock() { return clock_; }
    os::SecureRng& secure_rng() { return secure_rng_; }
    DiskWatch& disk_watch() { return *disk_watch_; }
    ReadyFile& ready_file() { return *ready_file_; }
    // DIR/service.json, the same for the clients on this machine; nothing where it cannot be made.
    std::optional<ReadyFile>& service_file() { return service_file_; }
    Executor& background() { return background_; }
    Executor& lifecycle_strand() { return lifecycle_strand_; }
    // For uploads and imports. Events that come in are worth more than those that are on their way.
    std::vector<Executor*> workers(std::size_t count);

private:
    void share_out_descriptors();
    void watch_disk();
    void restrict_stored_files() const;

    config::Config config_;
    std::size_t open_slices_ = 0;
    std::uint32_t api_connections_ = 0;
    os::PosixDisk disk_;
    os::SystemClock clock_;
    os::SecureRng secure_rng_;
    std::optional<os::DirectoryLock> lock_;
    std::optional<ReadyFile> ready_file_;
    std::optional<ReadyFile> service_file_;
    std::unique_ptr<DiskWatch> disk_watch_;
    os::ThreadExecutor background_{"background"};
    std::vector<std::unique_ptr<os::ThreadExecutor>> workers_;
    os::ThreadExecutor lifecycle_strand_{"lifecycle"};
};

}  // namespace millrace
