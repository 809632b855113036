#pragma once
// Conduct: which templates keep failing, so that they are evaluated apart from the others, and
// which have never succeeded, so that they wait for those that have.
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
    void failed(const std::string& text);
    // It hit a limit, and its process ended.
    void killed(const std::string& text);

    // From the first kill or several failures in a row on, until as many successes in a row.
    bool is_suspect(const std::string& text) const;

    // From the first success on.
    bool is_proven(const std::string& text) const;

private:
    struct Record {
        std::uint32_t failures = 0;   // in a row
        std::uint32_t successes = 0;  // in a row
        bool suspect = false;
    };
    Guarded<std::unordered_map<std::string, Record>> records_;  // of those that failed last
    Guarded<std::unordered_set<std::string>> proven_;
};

}  // namespace millrace::templates
