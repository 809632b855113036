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

}  // namespace

Result<ImportedFile> import_file(const File& file, const MappingSnapshot& snapshot,
                                 const Instant& now, const Stores& stores,
                                 const std::atomic<bool>& stop) {
    ImportedFile imported;
    TRY_ASSIGN(auto* const target, stores.targets.at(snapshot.target));
    TRY_ASSIGN(imported.slices, staged_slices(file, stores.catalog));
    for (const auto& slice : imported.slices) TRY(stores.stagings.at(slice.staged.staging));
    for (const auto& slice : imported.slices) {
        imported.rows += slice.content.rows;
        imported.bytes += slice.content.bytes;
    }
    TRY(stores.catalog.mark_importing(file.id));
    if (!imported.slices.empty()) {
        const ImportRequest request{
            .file = file.id,
            .table = table_spec(snapshot.table, snapshot.columns),
            .rows = imported.rows,
            .bytes = imported.bytes,
            .digest = slice_digest(imported.slices),
            .slices = static_cast<std::uint32_t>(imported.slices.size()),
            .open_slice =
                [&](std::uint32_t index) { return open_staged(imported.slices.at(index), stores); },
            .now = now.wall,
            .stop = &stop,
        };
        TRY_ASSIGN(const auto receipt, target->import(request));
        if (receipt.rows !=
            imported.rows) {  // pairs with the counts written when the slices were sealed
            return Error(Code::corrupt,
                         fmt::format("{} rows arrived in {}, {} were staged", receipt.rows,
                                     snapshot.table.text(), imported.rows));
        }
        imported.already_done = receipt.already_done;
    }
    TRY(stores.catalog.mark_imported(file.id, now));
    return imported;
}

Result<void> remove_staged(SliceId slice, const StagedObject& object, const Stores& stores) {
    TRY_ASSIGN(auto* const staging, stores.stagings.at(object.staging));
    TRY(staging->remove(object.key));
    return stores.catalog.mark_staged_removed(slice);
}

}  // namespace millrace::lifecycle
