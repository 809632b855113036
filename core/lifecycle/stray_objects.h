#pragma once
// StrayObjects: removes objects from a staging that no slice names: those of attempts to upload
// that failed, were given up, or came second, and those of slices that are forgotten.
//
// What a commit under way may still name stays: an object of a slice that is not uploaded yet, and
// one that a slice names, in whatever staging; so does what has no key of ours. One of a slice that
// names another goes at sight, and one of no known slice when it was so in two walks that are
// policy::kStrayKept apart. There is a walk at the start, one policy::kStrayLookedAgain later, and
// from then on one every policy::kStrayKept.
//
// Lifetime  the staging lives longer.
// Thread    the worker that cleans up.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/lifecycle/stores.h"

namespace millrace::lifecycle {

class StrayObjects {
public:
    explicit StrayObjects(Staging& staging) : staging_(staging) {}

    struct Walked {
        bool more = false;                            // another page waits
        std::optional<Error> failure = std::nullopt;  // the first one
    };
    // Goes one page on with the walk through staging; begins the next walk when it is time for it.
    // What cannot be looked at or removed has its next turn in the next walk.
    Walked walk_on(SteadyTime now, const Stores& stores);

private:
    Result<void> look_at(const std::string& key, SteadyTime now, const Stores& stores);

    Result<bool> is_stray(const std::string& key, const Stores& stores) const;

    Staging& staging_;
    SteadyTime next_walk_ = SteadyTime::min();
    bool walking_ = false;
    std::string after_;                         // the last key that was looked at
    std::map<std::string, SteadyTime> strays_;  // when each was first seen
    std::set<std::string> seen_;                // strays of this walk
};

}  // namespace millrace::lifecycle
