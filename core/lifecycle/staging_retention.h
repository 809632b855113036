#pragma once
// StagingRetention: what is done by itself about files that do not come into their tables.
//
// By itself nothing is: they stay for ever, and once a day a sink that has files which wait for
// longer than a day is told of. The settings of a sink may have files set aside that wait for
// longer than a time, and those discarded; and slices set aside that are missing or damaged for a
// day.
//
// How long a file waits is measured by the clock of ages, in which its id was made, from the end of
// the import interval of its sink. So a wall clock that jumps changes nothing, and the time in
// which the service is down does not count. The day of a damage is one of uptime without a restart.
// So is what is known of a restored file: it waits anew.
//
// Thread  failed(), succeeded(), restored() and waiting_long() any; look() one at a time, not the
//         strand: it reads the catalog.

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/base/error.h"
#include "core/base/guarded.h"
#include "core/base/result.h"
#include "core/lifecycle/file_change.h"
#include "core/lifecycle/lifecycle_events.h"
#include "core/lifecycle/stores.h"
#include "core/model/file.h"
#include "core/model/retention_settings.h"

namespace millrace::lifecycle {

inline constexpr Milliseconds kWaitsLong = std::chrono::hours(24);

class StagingRetention {
public:
    // `node` are the settings of the configuration. The stores need `old_files`.
    StagingRetention(const Stores& stores, SettingOverrides node, const LifecycleEvents& events)
        : stores_(stores), node_(std::move(node)), events_(events) {}

    // An upload of a slice or an import of a file, `work`, has failed now.
    void failed(const Uuid& work, const Error& error, SteadyTime now);
    void succeeded(const Uuid& work);
    void restored(FileId file, AgeTime now);

    // Goes on through the files that wait or are set aside, some at a time. Returns what is due.
    // Errors  those of the catalog
    Result<std::vector<FileChange>> look(AgeTime now, SteadyTime steady);

    // Files that waited for longer than a day, as of the last walk through all.
    std::uint64_t waiting_long() const { return waiting_long_; }

private:
    struct Terms {
        RetentionSettings settings;
        Milliseconds interval{};  // of imports
    };

    Result<Terms> terms_of(const File& file);
    Milliseconds waited(const File& file, const Terms& terms, AgeTime now) const;
    Result<std::optional<FileChange>> change_of(const File& file, const Terms& terms,
                                                Milliseconds waited, SteadyTime steady) const;
    Result<std::optional<FileChange>> damaged_aside(const File& file, SteadyTime steady) const;
    bool is_damaged_long(const Uuid& work, SteadyTime steady) const;
    void tell(const File& file, Milliseconds waited, SteadyTime steady);

    const Stores& stores_;
    const SettingOverrides node_;
    const LifecycleEvents& events_;
    FileId place_;                       // behind the last file that was looked at
    std::map<SinkVersion, Terms> read_;  // of this look
    std::map<SinkNumber, SteadyTime> told_;
    std::uint64_t long_so_far_ = 0;  // of this walk
    std::atomic<std::uint64_t> waiting_long_ = 0;
    mutable Guarded<std::map<Uuid, SteadyTime>> damaged_since_;  // of slices and files
    mutable Guarded<std::map<FileId, AgeTime>> restored_at_;
};

}  // namespace millrace::lifecycle
