#include "core/lifecycle/file_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace millrace::lifecycle {
namespace {

// Attempts go on being counted.
Result<std::vector<SliceId>> retry_now(const File& file, WallTime now, FileCatalog& catalog) {
    if (file.state != FileState::closing && file.state != FileState::importing) {
        return Error(Code::conflict, fmt::format("file {} is {}, so there is nothing to try",
                                                 to_string(file.id), to_string(file.state)));
    }
    std::vector<SliceId> tried_again;
    TRY_ASSIGN(const auto slices, catalog.slices_of(file.id));
    for (const auto& slice : slices) {
        if (slice.state != SliceState::closing && slice.state != SliceState::uploading) continue;
        auto retry = slice.retry;
        retry.after = now;
        if (retry.attempt > 0) TRY(catalog.retry_slice(slice.opening.slice, retry));
        tried_again.push_back(slice.opening.slice);
    }
    auto retry = file.retry;
    retry.after = now;
    if (retry.attempt > 0) TRY(catalog.retry_file(file.id, retry));
    return tried_again;
}

// Only slices that the file fails for.
Result<void> require_failed(const File& file, const FileChange& change, FileCatalog& catalog) {
    TRY_ASSIGN(const auto slices, catalog.slices_of(file.id));
    for (const auto& wanted : change.slices) {
        const auto id = to_string(wanted);
        const auto found = std::ranges::find_if(
            slices, [&](const Slice& slice) { return slice.opening.slice == wanted; });
        if (found != slices.end() && fails_for(file, *found)) continue;
        return Error(Code::conflict, fmt::format("slice {} of file {} is not one that it fails for",
                                                 id, to_string(file.id)));
    }
    return {};
}

}  // namespace

Result<ChangedFile> change_file(const FileChange& change, WallTime now, FileCatalog& catalog) {
    TRY_ASSIGN(auto known, catalog.find_file(change.file));
    if (!known) {
        return Error(Code::not_found, fmt::format("file {} is not known", to_string(change.file)));
    }
    ChangedFile changed{.before = std::move(*known), .tried_again = {}};
    switch (change.act) {
        case FileAct::retry: {
            TRY_ASSIGN(changed.tried_again, retry_now(changed.before, now, catalog));
            break;
        }
        case FileAct::set_aside:
            if (change.slices.empty()) {
                TRY(catalog.set_aside(change.file, change.reason, now));
                break;
            }
            TRY(require_failed(changed.before, change, catalog));
            TRY(catalog.set_slices_aside({.file = change.file,
                                          .slices = change.slices,
                                          .part = part_of(change.file, change.slices.front()),
                                          .reason = change.reason,
                                          .now = now}));
            break;
        case FileAct::restore:
            TRY(catalog.restore_file(change.file, change.known_keys));
            break;
        case FileAct::discard:
            TRY(catalog.discard_file(change.file));
            break;
    }
    return changed;
}

}  // namespace millrace::lifecycle
