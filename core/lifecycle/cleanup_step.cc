#include "core/lifecycle/cleanup_step.h"

#include <functional>
#include <utility>

#include "core/lifecycle/import_step.h"
#include "core/lifecycle/upload_step.h"
#include "core/model/target_table.h"
#include "core/policy/retention.h"
#include "core/ports/target_care.h"

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
        place.local = {};
        place.staged = {};
        return false;
    }
    if (!local.empty()) place.local = local.back().slice;
    if (!staged.empty()) place.staged = staged.back().first;
    return true;
}

// Those that wait may be in the table all the same, where the answer of a commit was lost.
Result<void> forget_old_imports(Target& target, const TableId& table, AgeTime now,
                                const Stores& stores) {
    const FileId before(make_uuid_v7(now + -stores.imports_remembered, 0, 0));
    auto* const care = dynamic_cast<TargetCare*>(&target);
    if (care == nullptr) return {};  // it remembers for ever
    TRY_ASSIGN(auto waiting, stores.old_files->waiting_files(before, policy::kOldWaitingMax));
    if (waiting.size() >= policy::kOldWaitingMax) return {};  // rather none than one of the others
    return care->forget_old({.table = table,
                             .before = before,
                             .kept = std::move(waiting),
                             .age = stores.imports_remembered});
}

Result<void> forget_in(Target& target, const TargetTable& table, const std::vector<FileId>& files,
                       AgeTime now, LeftoverPlace& place, const Stores& stores) {
    if (stores.imports_remembered == Milliseconds{0}) return target.forget(table.table, files);
    auto& last =
        place.forgotten_at.try_emplace({table.target, std::string(table.table.bucket())}, now)
            .first->second;
    if (now - last < policy::kForgetOldEvery) return {};
    last = now;
    return forget_old_imports(target, table.table, now, stores);
}

void forget_in_target(const std::vector<File>& files, AgeTime now, LeftoverPlace& place,
                      const Stores& stores, const FailureOf& keep_first) {
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
            keep_first(forget_in(*target, table, ids, now, place, stores));
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
        forget_in_target(files.value(), now, place, stores, keep_first);
        keep_first(stores.catalog.delete_imported(files.value()));
        if (files.value().size() >= policy::kCleanupBatch) done.more = true;
    }
    return done;
}

}  // namespace millrace::lifecycle
