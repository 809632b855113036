#pragma once
// Conduct: which templates run away, so that they are evaluated apart from the others, and which
// have never succeeded, so that they wait for those that have.
//
// One that fails is no such template, however often: that costs less than the slowest that may
// succeed, and sources have turns.
//
// Thread  any.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "core/base/guarded.h"

namespace millrace::templates {

class Conduct {
public:
    void succeeded(const std::string& text);
    // It hit a limit, and its process ended.
    void killed(const std::string& text);

    // From the first kill on, until enough successes without another.
    bool is_suspect(const std::string& text) const;

    // From the first success on.
    bool is_proven(const std::string& text) const;

private:
    // Of suspects: successes since the last kill.
    Guarded<std::unordered_map<std::string, std::uint32_t>> suspects_;
    Guarded<std::unordered_set<std::string>> proven_;
};

}  // namespace millrace::templates
