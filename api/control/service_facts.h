#pragma once
// ServiceFacts: what the API tells of the service itself, beside its definitions and rows. No
// secret is in it.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/model/source.h"

namespace millrace::control {

// What the disk of a volume that is open has.
struct VolumeSpace {
    std::string name;
    bool is_full = false;
    std::uint64_t free_bytes = 0;
    std::uint64_t total_bytes = 0;
    std::uint64_t reserve_bytes = 0;  // with less free, no rows are taken
};

struct OptionInForce {
    std::string heading;
    std::string name;
    std::string value;
    std::string sentence;
    bool is_default = true;
};

// A target or a staging.
struct BackendInForce {
    std::string name;
    std::string type;
    bool is_in_use = true;  // of a staging: new slices go there
};

// A source that fetches its records by itself, and gets none.
struct SilentSource {
    SourceKey source;
    WallTime since;
    std::string reason;
    std::string remedy;
};

// Templates that are evaluated in processes of their own.
struct TemplateFacts {
    std::uint64_t workers = 0;
    std::uint64_t waiting = 0;       // evaluations
    std::uint64_t killed = 0;        // evaluations that a limit ended, since the start
    std::uint64_t workers_lost = 0;  // since the start
};

struct ServiceFacts {
    std::string version;
    WallTime started_at;
    SteadyTime started;
    std::string data_dir;
    std::string admin_token_place;
    std::vector<OptionInForce> options = {};
    std::vector<BackendInForce> targets = {};
    std::vector<BackendInForce> stagings = {};
    bool lacks_backends = false;  // sinks or rows name a target or staging that is not among these
    // Asks the disks; from any thread.
    std::function<std::vector<VolumeSpace>()> spaces = [] { return std::vector<VolumeSpace>(); };
    // From any thread.
    std::function<TemplateFacts()> templates = [] { return TemplateFacts(); };
    // Of all branches; from any thread.
    std::function<std::vector<SilentSource>()> silent_sources = [] {
        return std::vector<SilentSource>();
    };
};

}  // namespace millrace::control
