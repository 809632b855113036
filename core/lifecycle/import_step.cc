#include "core/lifecycle/import_step.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "core/lifecycle/checked_source.h"
#include "core/lifecycle/slice_digest.h"

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

// The CSV of a staged slice, which lives longer; proved while it is read.
Result<std::unique_ptr<ByteSource>> open_staged(const Slice& slice, const Stores& stores) {
    TRY_ASSIGN(auto* const staging, stores.stagings.at(slice.staged.staging));
    TRY_ASSIGN(auto bytes, staging->get(slice.staged.key));
    if (slice.staged.compression == Compression::gzip) {
        bytes = stores.gzip.unpack(std::move(bytes));
    }
    return std::unique_ptr<ByteSource>(std::make_unique<CheckedSource>(std::move(bytes), slice));
}

// A file that is about to be imported, with what the target is told of it.
struct Prepared {
    ImportedFile file;
    ImportRequest request;
};

// Once it is where it stays: the request refers to it.
void set_request(Prepared& prepared, const MappingSnapshot& snapshot, WallTime now,
                 const Stores& stores, const std::atomic<bool>& stop) {
    const auto& [id, slices, rows, bytes, already_done] = prepared.file;
    prepared.request = {
        .file = id,
        .table = table_spec(snapshot.table, snapshot.columns),
        .rows = rows,
        .bytes = bytes,
        .digest = slice_digest(slices),
        .slices = static_cast<std::uint32_t>(slices.size()),
        .open_slice = [&slices = prepared.file.slices, &stores](
                          std::uint32_t index) { return open_staged(slices.at(index), stores); },
        .now = now,
        .stop = &stop,
    };
}

Result<ImportedFile> prepare(const File& file, const Stores& stores) {
    ImportedFile prepared;
    prepared.file = file.id;
    TRY_ASSIGN(prepared.slices, staged_slices(file, stores.catalog));
    for (const auto& slice : prepared.slices) {
        TRY(stores.stagings.at(slice.staged.staging));
        prepared.rows += slice.content.rows;
        prepared.bytes += slice.content.bytes;
    }
    TRY(stores.catalog.mark_importing(file.id));
    return prepared;
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
        TRY_ASSIGN(prepared[i].file, prepare(files[i], stores));
        set_request(prepared[i], snapshot, now.wall, stores, stop);
        if (prepared[i].file.slices.empty()) continue;  // is only marked
        requests.push_back(prepared[i].request);
        with_rows.push_back(&prepared[i].file);
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
    for (auto& [file, request] : prepared) {
        if (&file == left) break;
        ids.push_back(file.file);
        imported.push_back(std::move(file));
    }
    TRY(stores.catalog.mark_all_imported(ids, now));
    return imported;
}

}  // namespace

Result<ImportedFile> import_file(const File& file, const MappingSnapshot& snapshot,
                                 const Instant& now, const Stores& stores,
                                 const std::atomic<bool>& stop) {
    TRY_ASSIGN(auto imported, import_together(std::span(&file, 1), snapshot, now, stores, stop));
    return std::move(imported.front());
}

Result<std::vector<ImportedFile>> import_files(std::span<const File> files,
                                               const MappingSnapshot& snapshot, const Instant& now,
                                               const Stores& stores,
                                               const std::atomic<bool>& stop) {
    auto imported = import_together(files, snapshot, now, stores, stop);
    if (imported.ok() || files.size() == 1 || stop) return imported;
    return import_together(files.first(1), snapshot, now, stores, stop);
}

Result<void> remove_staged(SliceId slice, const StagedObject& object, const Stores& stores) {
    TRY_ASSIGN(auto* const staging, stores.stagings.at(object.staging));
    TRY(staging->remove(object.key));
    return stores.catalog.mark_staged_removed(slice);
}

}  // namespace millrace::lifecycle
