#pragma once
// plan_of(): which calls make the service so as a file wants it, and what changes by them.
//
// It plans nothing for what is already so. A change is meant for the version that was read: what
// somebody else has changed since is not overwritten, but told.
//
// A sink begins where its source is when it becomes live. So a source that is disabled is enabled
// behind its sinks, and a Kafka source of which several become live is paused meanwhile: all of
// them begin at the same place. Other sources go on, as their events would be refused.
//
// See  definition_file.h; docs/cli.md

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/cli/actual_definitions.h"
#include "api/cli/definition_file.h"

namespace millrace::cli {

// A field that gets another value; `before` empty: it has none yet.
struct Difference {
    enum class Kind { added, removed, changed };
    Kind kind = Kind::changed;
    std::string field;  // "columns" of a column
    std::string before;
    std::string after;
};

struct PlannedCall {
    std::string method;
    std::string path;
    std::optional<Json> body = {};
    std::string failure = "not all of it";  // what is not so if this call fails and others are made
    std::string answer_field = {};          // of a call without a task: what its answer has
};

// Of one source, sink or table.
struct PlannedChange {
    bool is_new = false;
    std::string what;  // "sink shop/orders"
    std::vector<Difference> differences = {};
    std::vector<PlannedCall> calls = {};
    std::optional<std::uint64_t> version = {};  // that the first call is for; each makes one more
    std::string meanwhile = {};  // what stays so until it is made: "the source shop is paused"
};

struct Plan {
    std::vector<PlannedChange> changes;
    std::size_t unchanged = 0;
};

struct PlanOptions {
    bool with_secrets = false;     // of sources that are there: nobody can tell whether they differ
    std::string description = "";  // of the versions that are made
};

// Errors  invalid: every mistake in a line of its own, "line N: ...": a setting that there is not,
//         a type or a table that cannot be changed
Result<Plan> plan_of(const Definitions& wanted, const Actual& actual, const PlanOptions& options);

}  // namespace millrace::cli
