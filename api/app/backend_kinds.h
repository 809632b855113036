#pragma once
// TargetKind and StagingKind: what a target or staging of the configuration can be.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "api/app/metrics.h"
#include "api/config/backend_options.h"
#include "core/base/result.h"
#include "core/model/backend_names.h"
#include "core/model/table_id.h"
#include "core/model/value_rules.h"
#include "core/ports/clock.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/disk.h"
#include "core/ports/rng.h"
#include "core/ports/sink_token_store.h"
#include "core/ports/staging.h"
#include "core/ports/target.h"

namespace millrace {

// What a target needs to give each sink a role of its own. They live longer than it.
struct RoleParts {
    SinkTokenStore& tokens;
    const Clock& clock;
    Rng& random;  // from any thread
};

// A backend that is to be opened. Its options are known to be those of its kind.
struct BackendPlace {
    Disk& disk;
    std::string data_dir;
    std::string name;
    config::BackendOptions options;
    // Of an installation that was restored: what it stores is below a part of this name, and what
    // is beside it belongs to the installation before. Empty: there was none.
    std::string epoch = {};
    const RoleParts* roles = nullptr;      // null: it is only tried
    std::vector<TableId> its_tables = {};  // where it is only tried: those that sinks write to

    // The option, or what holds without it.
    std::string option(std::string_view key, std::string otherwise) const {
        const auto found = options.find(key);
        return found == options.end() ? std::move(otherwise) : found->second;
    }
};

// Tries a backend beside a service that may run, without changing what is there: what it found, in
// one sentence.
// Errors  what is wrong, in one sentence with the remedy
using CheckBackend = std::function<Result<std::string>(const BackendPlace& place)>;

// Of every target: how many imports into it run at the same time.
config::BackendOption imports_option();
// Errors  invalid
Result<std::size_t> imports_of(const BackendPlace& place);

struct TargetKind {
    config::BackendKind config;
    // Whether a table can have that name in it.
    // Errors  invalid, for the client
    std::function<Result<void>(const TableId& table)> check_table;
    std::function<Result<std::unique_ptr<Target>>(const BackendPlace& place)> open;
    // Tells the operator what sinks need and is not there any more; before open(). May be empty.
    std::function<Result<void>(const BackendPlace& place, DefinitionCatalog& catalog)> look;
    ValueRules values = {};  // what its tables can hold
    // Whether imports into tables of one bucket may run at the same time.
    bool has_many_writers = false;
    // Of all targets of the kind together. May be empty.
    std::function<void(MetricsText& text, std::span<Target* const> targets)> add_metrics = {};
    CheckBackend check = {};
    // The folder of its tables, where that is one of this machine: a backup may take it too.
    std::function<std::string(const BackendPlace& place)> folder = {};
};

struct StagingKind {
    config::BackendKind config;
    bool is_local = false;  // to look at an object costs next to nothing
    std::function<Result<std::unique_ptr<Staging>>(const BackendPlace& place)> open;
    CheckBackend check = {};
    // To look at what is in it, beside a service that may run: nothing is made or locked.
    std::function<Result<std::unique_ptr<Staging>>(const BackendPlace& place)> open_to_read = {};
    // The folder of its objects, where that is one of this machine.
    std::function<std::string(const BackendPlace& place)> folder = {};
};

}  // namespace millrace
