#include "core/lifecycle/earlier_import.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/lifecycle/file_change.h"
#include "core/lifecycle/refused_rows.h"
#include "core/lifecycle/slice_digest.h"

namespace millrace::lifecycle {
namespace {

constexpr auto kPartReason =
    "the target has the file without these slices: behind the backup of this installation they "
    "were "
    "set aside, or given up with their volume. Restore this file to import them, or discard it";

bool is_among(SliceId slice, const std::vector<SliceId>& slices) {
    return std::ranges::find(slices, slice) != slices.end();
}

std::vector<Slice> without(std::span<const Slice> slices, const std::vector<SliceId>& left_out) {
    std::vector<Slice> others;
    for (const auto& slice : slices) {
        if (!is_among(slice.opening.slice, left_out)) others.push_back(slice);
    }
    return others;
}

// The slices that the import has left out.
std::optional<std::vector<SliceId>> left_out_of(std::string_view recorded,
                                                std::span<const Slice> slices) {
    if (recorded.substr(0, recorded.find('-')) == slice_digest(slices)) {
        return std::vector<SliceId>();
    }
    return slices_left_out(recorded, slices);
}

// The same where those of the file are likely among them, which are too many to be found otherwise.
std::optional<std::vector<SliceId>> left_out_with_own(std::string_view recorded,
                                                      std::span<const Slice> whole,
                                                      std::vector<SliceId> own) {
    if (own.size() >= whole.size()) return std::nullopt;
    const auto others = left_out_of(recorded, without(whole, own));
    if (!others) return std::nullopt;
    own.insert(own.end(), others->begin(), others->end());
    return own;
}

}  // namespace

Result<EarlierImport> compare_with_earlier(const ImportedFile& file, const ImportRequest& request,
                                           std::span<const Slice> whole, std::string_view recorded,
                                           WallTime now, const Stores& stores) {
    std::vector<SliceId> own;
    for (const auto& slice : file.slices) own.push_back(slice.opening.slice);
    auto left_out = left_out_of(recorded, whole);
    if (!left_out) left_out = left_out_with_own(recorded, whole, own);
    if (!left_out) return EarlierImport::unclear;

    auto own_left_out = own;
    std::erase_if(own_left_out, [&](SliceId slice) { return !is_among(slice, *left_out); });
    if (own_left_out.size() == own.size()) return EarlierImport::none;
    if (!own_left_out.empty()) {
        const auto part = part_of(file.file, own_left_out.front());
        TRY(stores.catalog.set_slices_aside({.file = file.file,
                                             .slices = std::move(own_left_out),
                                             .part = part,
                                             .reason = kPartReason,
                                             .now = now}));
        return EarlierImport::some;
    }
    const auto imported = without(whole, *left_out);
    auto refused = rows_left_out(recorded, slice_digest(imported), imported);
    std::erase_if(refused, [&](const RefusedRow& row) { return !is_among(row.slice, own); });
    if (!std::ranges::includes(refused, file.refused, is_before)) return EarlierImport::unclear;
    if (refused.size() == file.refused.size()) return EarlierImport::all;
    TRY(record_left_out(request, file.slices, std::move(refused), stores.refused));
    return EarlierImport::some;
}

}  // namespace millrace::lifecycle
