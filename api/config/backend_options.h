#pragma once
// The targets and stagings of the node: [targets.NAME] and [stagings.NAME], --target and --staging
// NAME.OPTION=VALUE. Each is of a kind, and all its other options are those of the kind.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::config {

// The target and the staging that there are without any configuration.
inline constexpr std::string_view kDefaultBackend = "default";

// An option of a kind, as the help shows it.
struct BackendOption {
    std::string_view name;         // "dir"
    std::string_view placeholder;  // "DIR"
    std::string_view sentence;     // what it is for, and what holds without it
    bool is_required = false;
};

struct BackendKind {
    std::string_view name;  // "sqlite"
    std::string_view sentence;
    std::vector<BackendOption> options;
};

using BackendOptions = std::map<std::string, std::string, std::less<>>;  // without `kind`

struct Backend {
    std::string kind;
    BackendOptions options;

    bool operator==(const Backend&) const = default;
};

// By name.
using Backends = std::map<std::string, Backend, std::less<>>;

// "lake.kind" is "sqlite".
// Errors  invalid: the name is not 1 to 32 of [a-z0-9-], or no option
Result<void> assign_backend(std::string_view key, std::string_view value, Backends& backends);

// The same of "lake.kind=sqlite".
Result<void> assign_backend_pair(std::string_view pair, Backends& backends);

// What is wrong with them, a text for each mistake: no kind or an unknown one, an option that the
// kind does not have, one that it needs, two of one table that are the same. `table` is "targets"
// or "stagings".
std::vector<std::string> backend_mistakes(std::string_view table, const Backends& backends,
                                          std::span<const BackendKind> kinds);

}  // namespace millrace::config
