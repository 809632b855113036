#pragma once
// Scope: the one project and branch that this installation has, and where clients reach it.

#include <span>
#include <string>
#include <string_view>

#include "api/control/source_kind.h"
#include "core/base/ids.h"
#include "core/base/result.h"

namespace millrace::control {

struct Scope {
    ProjectId project;
    BranchId branch;
    std::string api_url;     // without a slash at the end
    std::string ingest_url;  // without a slash at the end
    std::span<const SourceKind> source_kinds = {};
};

// ok if `text`, the {branchId} of a path, is "default" or the number of the branch.
// Errors  invalid
Result<void> check_branch(const Scope& scope, std::string_view text);

}  // namespace millrace::control
