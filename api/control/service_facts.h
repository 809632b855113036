#pragma once
// ServiceFacts: what the API tells of the service itself, beside its definitions and rows. No
// secret is in it.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/time.h"

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
};

}  // namespace millrace::control
