#pragma once
// NodeBackends: the targets and stagings of this node, opened as the configuration says.
//
// A catalog may name some that are not configured any more. The service starts all the same: files
// that need one wait for it, and all others go on.
//
// Thread  open() and tell_missing() from the one that starts the service; the others from any.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/app/kinds.h"
#include "api/app/metrics.h"
#include "api/config/config.h"
#include "core/base/result.h"
#include "core/lifecycle/backends.h"
#include "core/lifecycle/import_limits.h"
#include "core/lifecycle/marked_staging.h"
#include "core/ports/disk.h"
#include "storage/catalog/sqlite_catalog.h"

namespace millrace {

// What the names of a restored installation in stagings begin with.
std::string epoch_name(std::string_view token);

enum class Whose { all, of_this_machine };

// The stagings of the configuration, by name.
// Errors  invalid: an unknown kind; those of opening one
Result<std::map<StagingName, std::unique_ptr<lifecycle::MarkedStaging>>> open_stagings(
    const config::Config& config, const std::vector<StagingKind>& kinds, Disk& disk,
    const lifecycle::MarkedStaging::Ports& marks, const std::string& epoch, Whose whose);

class NodeBackends {
public:
    // Opens all, after each kind of target has told what it misses.
    // Errors  invalid: an unknown kind; those of opening one
    static Result<std::unique_ptr<NodeBackends>> open(const config::Config& config,
                                                      const Kinds& kinds, Disk& disk,
                                                      catalog::SqliteCatalog& catalog,
                                                      const lifecycle::MarkedStaging::Ports& marks,
                                                      const std::string& epoch = {});

    const lifecycle::Targets& targets() const { return *targets_; }
    const lifecycle::Stagings& stagings() const { return *stagings_; }
    const lifecycle::ImportLimits& import_limits() const { return import_limits_; }

    // Logs which targets and stagings the catalog names that are not here, with what waits for
    // them.
    // Errors  those of the catalog
    Result<void> tell_missing(catalog::SqliteCatalog& catalog);

    // Whether it named one.
    bool lacks_some() const { return !missing_targets_.empty() || !missing_stagings_.empty(); }

    struct Probed {
        std::string what;  // "target lake", "staging default"
        Result<void> outcome;
    };
    // Whether each can be used now, one after the other: takes as long as their timeouts.
    std::vector<Probed> probe() const;

    // The targets whose tables are in a folder of this machine, with that.
    const std::map<std::string, std::string>& target_folders() const { return folders_; }

    // Ends what waits for a staging elsewhere.
    void stop();

    void add_metrics(MetricsText& text) const;

private:
    struct OfKind {
        const TargetKind* kind;
        std::vector<Target*> targets;
    };

    NodeBackends() = default;
    Result<void> open_targets(const config::Config& config, Disk& disk, DefinitionCatalog& catalog,
                              const RoleParts& roles);
    // Beside its mark, which says that it is the right one: whether its folder takes files.
    Result<void> probe_staging(const StagingName& name, lifecycle::MarkedStaging& staging) const;
    Result<void> open_all_stagings(const config::Config& config, Disk& disk,
                                   const lifecycle::MarkedStaging::Ports& marks,
                                   const std::string& epoch);

    Kinds kinds_;
    std::vector<std::unique_ptr<Target>> owned_targets_;
    std::map<StagingName, std::unique_ptr<lifecycle::MarkedStaging>> owned_stagings_;
    std::map<std::string, std::string> folders_;  // of targets
    std::vector<OfKind> of_kinds_;
    std::optional<lifecycle::Targets> targets_;
    std::optional<lifecycle::Stagings> stagings_;
    lifecycle::ImportLimits import_limits_;
    std::set<TargetName> missing_targets_;
    std::set<StagingName> missing_stagings_;
    std::map<StagingName, std::string> staging_folders_;  // of those of this machine
};

}  // namespace millrace
