#include "core/lifecycle/snapshots.h"

#include <fmt/format.h>

#include <utility>

#include "core/policy/retry.h"

namespace millrace::lifecycle {
namespace {

constexpr std::size_t kEntriesMax = 10'000;

}  // namespace

SharedSnapshot Snapshots::find(const SinkVersion& version, SteadyTime now) {
    const auto known = entries_.find(version);
    if (known != entries_.end() && (known->second.snapshot || now < known->second.ask_after)) {
        return known->second.snapshot;
    }
    if (entries_.size() >= kEntriesMax) entries_.clear();  // refilled by what is still in use
    auto loaded = definitions_.mapping(version);
    if (!loaded.ok()) {
        entries_[version] = {.snapshot = nullptr, .ask_after = now + policy::kRetryFirst};
        events_.step_failed({.step = "read mapping",
                             .subject = fmt::format("sink {} mapping {}", version.sink.value,
                                                    version.mapping.value),
                             .reason = loaded.error().operator_text(),
                             .attempt = 1,
                             .retry_in = policy::kRetryFirst});
        return nullptr;
    }
    auto snapshot = std::make_shared<const MappingSnapshot>(std::move(loaded).value());
    entries_[version] = {.snapshot = snapshot, .ask_after = {}};
    return snapshot;
}

}  // namespace millrace::lifecycle
