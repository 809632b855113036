#include "core/lifecycle/import_step.h"

#include <fmt/format.h>

#include <memory>
#include <string_view>
#include <utility>

#include "core/lifecycle/file_change.h"
#include "core/lifecycle/file_rows.h"
#include "core/lifecycle/refused_rows.h"
#include "core/lifecycle/slice_digest.h"
#include "core/ports/other_digest.h"

namespace millrace::lifecycle {
namespace {

// The slices of the file, when they are all there and all staged.
Result<std::vector<Slice>> staged_slices(const File& file, FileCatalog& catalog) {
    TRY_ASSIGN(auto slices, catalog.slices_of(file.id));
    if (slices.size() != file.slices) {
        return Error(Code::corrupt,
                     fmt::format("the catalog has {} slices, the file was closed with {}",
                                 slices.size(), file.slices));
    }
    for (const auto& slice : slices) {
        if (slice.state != SliceState::uploaded) {
            return Error(Code::corrupt,
                         fmt::format("slice {} is {}, not uploaded", to_string(slice.opening.slice),
                                     to_string(slice.state)));
        }
    }
    return slices;
}

// A file that is about to be imported, with what the target is told of it.
struct Prepared {
    ImportedFile file;
    bool is_of_load = false;
    KnownKeys known_keys = KnownKeys::replace;
};

// That of the whole file, which has to stay where it is: the request refers to it.
ImportRequest request_of(const Prepared& prepared, const MappingSnapshot& snapshot, WallTime now,
                         const Stores& stores, const std::atomic<bool>& stop) {
    const auto& file = prepared.file;
    ImportRequest request{
        .file = file.file,
        .table = table_spec(snapshot.table, snapshot.columns),
        .rows = 0,
        .bytes = file.bytes,
        .digest = slice_digest(file.slices),
        .slices = static_cast<std::uint32_t>(file.slices.size()),
        .open_slice = [&slices = file.slices, &stores](
                          std::uint32_t index) { return open_slice(slices.at(index), stores); },
        .now = now,
        .only_missing = prepared.known_keys == KnownKeys::keep,
        .stop = &stop,
    };
    for (const auto& slice : file.slices) request.rows += slice.content.rows;
    return request;
}

Result<void> prepare(const File& file, const Stores& stores, Prepared& prepared) {
    auto& [id, slices, rows, bytes, refused, already_done] = prepared.file;
    id = file.id;
    TRY_ASSIGN(slices, staged_slices(file, stores.catalog));
    TRY_ASSIGN(auto known, stores.refused.refused_rows(file.id));
    prepared.is_of_load = known.is_of_load;
    prepared.known_keys = known.known_keys;
    refused = std::move(known.rows);
    for (const auto& slice : slices) {
        TRY(stores.stagings.at(slice.staged.staging));
        rows += slice.content.rows;
        bytes += slice.content.bytes;
    }
    if (refused.size() > rows) {
        return Error(Code::corrupt,
                     fmt::format("{} of {} rows are known as refused", refused.size(), rows));
    }
    rows -= refused.size();
    return stores.catalog.mark_importing(file.id);
}

Result<std::vector<ImportedFile>> import_together(std::span<const File> files,
                                                  const MappingSnapshot& snapshot,
                                                  const Instant& now, const Stores& stores,
                                                  const std::atomic<bool>& stop) {
    TRY_ASSIGN(auto* const target, stores.targets.at(snapshot.target));
    std::vector<Prepared> prepared(files.size());
    std::vector<ImportRequest> requests;
    std::vector<ImportedFile*> with_rows;
    for (std::size_t i = 0; i < files.size(); ++i) {
        auto& file = prepared[i].file;
        TRY(prepare(files[i], stores, prepared[i]));
        if (file.slices.empty()) continue;  // is only marked
        requests.push_back(without_rows(request_of(prepared[i], snapshot, now.wall, stores, stop),
                                        file.slices, file.refused));
        with_rows.push_back(&file);
    }
    std::size_t done = 0;
    if (!requests.empty()) {
        TRY_ASSIGN(const auto receipts, target->import_all(requests));
        for (; done < receipts.size(); ++done) {
            auto& file = *with_rows.at(done);
            // Pairs with the counts written when the slices were sealed.
            if (receipts[done].rows != file.rows) {
                return Error(Code::corrupt,
                             fmt::format("{} rows arrived in {}, {} were staged",
                                         receipts[done].rows, snapshot.table.text(), file.rows));
            }
            file.already_done = receipts[done].already_done;
        }
    }
    // Those before the first that the target has left for later.
    const auto* const left = done < with_rows.size() ? with_rows[done] : nullptr;
    std::vector<ImportedFile> imported;
    std::vector<FileId> ids;
    for (auto& one : prepared) {
        if (&one.file == left) break;
        ids.push_back(one.file.file);
        imported.push_back(std::move(one.file));
    }
    TRY(stores.catalog.mark_all_imported(ids, now));
    return imported;
}

// After `why`, that a row of the file is refused. Returns whether more rows are left out now.
Result<bool> leave_out_refused(const File& file, const MappingSnapshot& snapshot,
                               const Instant& now, const Stores& stores,
                               const std::atomic<bool>& stop, const Error& why) {
    TRY_ASSIGN(auto* const target, stores.targets.at(snapshot.target));
    Prepared prepared;
    TRY(prepare(file, stores, prepared));
    const auto request = request_of(prepared, snapshot, now.wall, stores, stop);
    if (!prepared.is_of_load) {
        return record_refused_rows(request, prepared.file.slices, prepared.file.refused, *target,
                                   stores.refused);
    }
    TRY_ASSIGN(auto found, first_refused_row(request, *target));
    if (found.empty()) return false;
    return Error(why.code(), std::move(found)).named(why.name());
}

constexpr auto kPartReason =
    "the target has the file without these slices: behind the backup of this installation they "
    "were "
    "set aside, or given up with their volume. Restore this file to import them, or discard it";

// After an error that says with which digest the target has the file: by an installation that went
// on behind the backup of this one. Returns whether it was imported without some rows, which are
// left out now, or without some slices, which are set aside now.
Result<bool> leave_out_as_before(const File& file, const MappingSnapshot& snapshot,
                                 const Instant& now, const Stores& stores,
                                 const std::atomic<bool>& stop, std::string_view recorded) {
    Prepared prepared;
    TRY(prepare(file, stores, prepared));
    if (prepared.is_of_load) return false;
    const auto& slices = prepared.file.slices;
    if (auto left_out = slices_left_out(recorded, slices)) {
        const auto part = part_of(left_out->front());
        TRY(stores.catalog.set_slices_aside({.file = file.id,
                                             .slices = std::move(*left_out),
                                             .part = part,
                                             .reason = kPartReason,
                                             .now = now.wall}));
        return true;
    }
    const auto request = request_of(prepared, snapshot, now.wall, stores, stop);
    return record_left_out(request, slices, recorded, stores.refused);
}

// Rows that are refused by themselves are all found at once. Others may show up when those are left
// out: there is a next attempt for them.
constexpr int kRounds = 4;

Result<std::vector<ImportedFile>> import_one(File file, const MappingSnapshot& snapshot,
                                             const Instant& now, const Stores& stores,
                                             const std::atomic<bool>& stop) {
    for (int round = 0;; ++round) {
        auto imported = import_together(std::span(&file, 1), snapshot, now, stores, stop);
        if (imported.ok()) return imported;
        const auto& why = imported.error();
        if (const auto recorded = recorded_digest(why); recorded && round < kRounds) {
            TRY_ASSIGN(const bool has_found,
                       leave_out_as_before(file, snapshot, now, stores, stop, *recorded));
            if (has_found) {
                TRY_ASSIGN(auto changed, stores.catalog.find_file(file.id));
                if (changed) file = std::move(*changed);
                continue;
            }
        }
        if (!is_row_refused(why)) return imported;
        if (round < kRounds) {
            TRY_ASSIGN(const bool has_found,
                       leave_out_refused(file, snapshot, now, stores, stop, why));
            if (has_found) continue;
        }
        return Error(why.code(), why.operator_text());  // without the name
    }
}

}  // namespace

Result<ImportedFile> import_file(const File& file, const MappingSnapshot& snapshot,
                                 const Instant& now, const Stores& stores,
                                 const std::atomic<bool>& stop) {
    TRY_ASSIGN(auto imported, import_one(file, snapshot, now, stores, stop));
    return std::move(imported.front());
}

Result<std::vector<ImportedFile>> import_files(std::span<const File> files,
                                               const MappingSnapshot& snapshot, const Instant& now,
                                               const Stores& stores,
                                               const std::atomic<bool>& stop) {
    if (files.size() > 1) {
        auto imported = import_together(files, snapshot, now, stores, stop);
        if (imported.ok() || stop) return imported;
    }
    return import_one(files.front(), snapshot, now, stores, stop);
}

Result<void> remove_staged(SliceId slice, const StagedObject& object, const Stores& stores) {
    if (!stores.may_remove()) return {};
    TRY_ASSIGN(auto* const staging, stores.stagings.at(object.staging));
    TRY(staging->remove(object.key));
    return stores.catalog.mark_staged_removed(slice);
}

}  // namespace millrace::lifecycle
