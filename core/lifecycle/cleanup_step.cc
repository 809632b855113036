#include "core/lifecycle/cleanup_step.h"

#include <optional>
#include <utility>

#include "core/lifecycle/import_step.h"
#include "core/lifecycle/upload_step.h"
#include "core/policy/retention.h"

namespace millrace::lifecycle {

Result<bool> clean_up(WallTime now, const std::map<VolumeId, Sequence>& checkpointed,
                      const Stores& stores) {
    TRY_ASSIGN(const auto leftovers, stores.catalog.leftovers(policy::kCleanupBatch));
    std::optional<Error> failure;
    const auto keep_first = [&failure](Result<void> result) {
        if (!result.ok() && !failure) failure = std::move(result).error();
    };
    for (const auto& slice : leftovers.local) {
        keep_first(remove_local(slice, stores).in("local file of slice " + to_string(slice.slice)));
    }
    for (const auto& [slice, key] : leftovers.staged) {
        keep_first(remove_staged(slice, key, stores).in("staged object " + key));
    }
    bool forgot_many = false;
    const WallTime before{now.unix_ms - policy::kImportedKept.count()};
    for (const auto& [volume, sequence] : checkpointed) {
        const auto forgotten =
            stores.catalog.delete_imported(volume, before, sequence, policy::kCleanupBatch);
        if (!forgotten.ok()) {
            keep_first(forgotten.error());
        } else if (forgotten.value() >= policy::kCleanupBatch) {
            forgot_many = true;
        }
    }
    if (failure) return std::move(*failure);
    return leftovers.local.size() >= policy::kCleanupBatch ||
           leftovers.staged.size() >= policy::kCleanupBatch || forgot_many;
}

}  // namespace millrace::lifecycle
