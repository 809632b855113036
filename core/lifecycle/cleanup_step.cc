#include "core/lifecycle/cleanup_step.h"

#include <functional>
#include <utility>

#include "core/lifecycle/import_step.h"
#include "core/lifecycle/upload_step.h"
#include "core/model/target_table.h"
#include "core/policy/retention.h"

namespace millrace::lifecycle {

namespace {

using FailureOf = std::function<void(Result<void>)>;

// Returns whether there are more behind them.
Result<bool> remove_leftovers(LeftoverPlace& place, const Stores& stores,
                              const FailureOf& keep_first) {
    TRY_ASSIGN(const auto leftovers, stores.catalog.leftovers({.after_local = place.local,
                                                               .after_staged = place.staged,
                                                               .limit = policy::kCleanupBatch}));
    const auto& [local, staged] = leftovers;
    for (const auto& slice : local) {
        keep_first(remove_local(slice, stores).in("local file of slice " + to_string(slice.slice)));
    }
    for (const auto& [slice, object] : staged) {
        // It waits until its staging is configured again.
        if (stores.stagings.find(object.staging) == nullptr) continue;
        keep_first(remove_staged(slice, object, stores).in("staged object " + object.key));
    }
    if (local.size() < policy::kCleanupBatch && staged.size() < policy::kCleanupBatch) {
        place = {};
        return false;
    }
    if (!local.empty()) place.local = local.back().slice;
    if (!staged.empty()) place.staged = staged.back().first;
    return true;
}

void forget_in_target(const std::vector<File>& files, const Stores& stores,
                      const FailureOf& keep_first) {
    std::map<SinkVersion, std::vector<FileId>> by_mapping;
    for (const auto& file : files) by_mapping[file.sink].push_back(file.id);
    std::map<TargetTable, std::vector<FileId>> by_table;
    for (const auto& [sink, ids] : by_mapping) {
        const auto mapping = stores.definitions.mapping(sink);
        if (!mapping.ok()) {
            keep_first(mapping.error());
            continue;
        }
        auto& all = by_table[{.target = mapping.value().target, .table = mapping.value().table}];
        all.insert(all.end(), ids.begin(), ids.end());
    }
    for (const auto& [table, ids] : by_table) {
        if (auto* const target = stores.targets.find(table.target)) {
            keep_first(target->forget(table.table, ids));
        }
    }
}

}  // namespace

CleanedUp clean_up(AgeTime now, const std::map<VolumeId, Sequence>& checkpointed,
                   LeftoverPlace& place, const Stores& stores) {
    CleanedUp done;
    const auto keep_first = [&done](Result<void> result) {
        if (!result.ok() && !done.failure) done.failure = std::move(result).error();
    };
    const auto more = remove_leftovers(place, stores, keep_first);
    if (!more.ok()) {
        done.failure = more.error();
        return done;
    }
    done.more = more.value();
    for (const auto& [name, target] : stores.targets.all()) keep_first(target->tidy());
    const auto before = now + -policy::kImportedKept;
    for (const auto& [volume, sequence] : checkpointed) {
        const auto files =
            stores.catalog.forgettable_files(volume, before, sequence, policy::kCleanupBatch);
        if (!files.ok()) {
            keep_first(files.error());
            continue;
        }
        if (files.value().empty()) continue;
        forget_in_target(files.value(), stores, keep_first);
        keep_first(stores.catalog.delete_imported(files.value()));
        if (files.value().size() >= policy::kCleanupBatch) done.more = true;
    }
    return done;
}

}  // namespace millrace::lifecycle
