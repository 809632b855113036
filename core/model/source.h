#pragma once
// Source: an endpoint that receives records.

#include <compare>
#include <optional>
#include <string>

#include "core/base/ids.h"
#include "core/base/secret.h"
#include "core/base/time.h"
#include "core/model/backend_names.h"
#include "core/model/settings.h"
#include "core/model/version.h"

namespace millrace {

struct SourceKey {
    ProjectId project;
    BranchId branch;
    SourceId source;

    auto operator<=>(const SourceKey&) const = default;
};

// A secret from before a rotation, which still opens the source for a while.
struct RetiredSecret {
    Secret secret;
    WallTime until;  // from this moment on it is wrong
};

struct Source {
    SourceKey key;
    SourceKindName kind = kHttpSource;  // how it receives; never changes
    std::string name;
    std::string description;
    std::string details = "{}";  // what only its kind knows of it: a JSON object
    Secret secret;               // 48 characters [0-9a-zA-Z], the last part of the ingest URL
    std::optional<RetiredSecret> retired;
    SettingOverrides settings;
    Version version;
    Stamp created;
    std::optional<Deleted> deleted;
    std::optional<Disabled> disabled;
};

}  // namespace millrace
