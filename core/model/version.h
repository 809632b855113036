#pragma once
// Who did something and when, and the numbered states of definitions.

#include <cstdint>
#include <string>

#include "core/base/time.h"

namespace millrace {

// Who acted: "user" through an API token, or "system".
struct Actor {
    std::string type = "system";
    std::string token_id;           // empty for system
    std::string token_description;  // empty for system

    bool operator==(const Actor&) const = default;
};

struct Stamp {
    WallTime at;
    Actor by;

    bool operator==(const Stamp&) const = default;
};

struct Deleted {
    Stamp stamp;
    bool with_parent = false;  // comes back together with its parent

    bool operator==(const Deleted&) const = default;
};

struct Disabled {
    Stamp stamp;
    std::string reason;        // "API", or "Auto-disabled with the parent source."
    bool with_parent = false;  // enabled again together with its parent

    bool operator==(const Disabled&) const = default;
};

// An immutable numbered state of a source or sink definition.
struct Version {
    std::uint32_t number = 0;  // from 1
    std::string hash;          // 16 hex digits; equal configuration has an equal hash
    std::string description;   // "New source."
    Stamp stamp;

    bool operator==(const Version&) const = default;
};

}  // namespace millrace
