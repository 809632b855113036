#pragma once
// Source: an endpoint that receives records.

#include <compare>
#include <optional>
#include <string>

#include "core/base/ids.h"
#include "core/base/secret.h"
#include "core/model/settings.h"
#include "core/model/version.h"

namespace millrace {

struct SourceKey {
    ProjectId project;
    BranchId branch;
    SourceId source;

    auto operator<=>(const SourceKey&) const = default;
};

struct Source {
    SourceKey key;
    std::string name;
    std::string description;
    Secret secret;  // 48 characters [0-9a-zA-Z], the last part of the ingest URL
    SettingOverrides settings;
    Version version;
    Stamp created;
    std::optional<Deleted> deleted;
    std::optional<Disabled> disabled;
};

}  // namespace millrace
