#pragma once
// ImportLimits: how many imports into each target run at the same time.
//
// Thread  any; it does not change.

#include <cstddef>
#include <map>
#include <utility>

#include "core/model/backend_names.h"

namespace millrace::lifecycle {

struct ImportLimit {
    std::size_t imports_max = 6;
    // Whether a bucket takes one import at a time, as a database with one writer; else a table.
    bool is_bucket_one = true;
};

class ImportLimits {
public:
    ImportLimits() = default;
    explicit ImportLimits(std::map<TargetName, ImportLimit> limits) : limits_(std::move(limits)) {}

    // Of a target that is not named what holds without any.
    ImportLimit of(const TargetName& target) const {
        const auto found = limits_.find(target);
        return found == limits_.end() ? ImportLimit() : found->second;
    }

private:
    std::map<TargetName, ImportLimit> limits_;
};

}  // namespace millrace::lifecycle
