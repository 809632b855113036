#include "core/lifecycle/refused_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "core/lifecycle/slice_digest.h"
#include "core/ports/raw_rows.h"

namespace millrace::lifecycle {
namespace {

constexpr std::string_view kRefusedBefore =
    "the table refused the row when its file was imported by the installation that was lost";

using Numbers = std::vector<std::uint64_t>;  // of rows in their slice, in order

std::map<SliceId, Numbers> by_slice(std::span<const RefusedRow> rows) {
    std::map<SliceId, Numbers> found;
    for (const auto& row : rows) found[row.slice].push_back(row.row);
    return found;
}

// The number that the row has among all, when `left_out` are not counted.
std::uint64_t number_among_all(std::uint64_t number, const Numbers& left_out) {
    for (const auto other : left_out) {
        if (other > number) break;
        ++number;
    }
    return number;
}

std::string describe(const RowRefusal& refusal) {
    return fmt::format("row {} of slice {}: {}", refusal.row + 1, refusal.slice + 1,
                       refusal.reason);
}

// What the database says first: it is the reason of a failing sink, and is shown where there is
// room for its beginning only. Of a damaged slice that is which one.
Result<std::vector<RowRefusal>> find_refused(const ImportRequest& request, std::size_t at_most,
                                             Target& target) {
    auto found = target.find_refused(request, at_most);
    if (found.ok() || found.error().code() == Code::corrupt) return found;
    const auto& error = found.error();
    const auto& words = error.client_text();
    const auto whole = error.operator_text();
    std::string_view doing = whole;
    doing.remove_suffix(words.size());
    if (!doing.ends_with(": ")) return found;
    doing.remove_suffix(2);
    return Error(error.code(), fmt::format("{} ({})", words, doing)).named(error.name());
}

// Fills in what the slices have of the rows, which are all of one slice, in order.
Result<void> read_texts(std::unique_ptr<ByteSource> csv, std::span<RefusedRow> rows) {
    RawRows all(std::move(csv));
    for (auto& wanted : rows) {
        while (true) {
            const auto number = all.rows();
            TRY_ASSIGN(const auto row, all.next());
            if (!row) return Error(Code::corrupt, "a refused row is not in its slice");
            if (number != wanted.row) continue;
            wanted.bytes = row->size();
            wanted.text = all.header() + std::string(*row);
            break;
        }
    }
    return {};
}

Result<std::vector<RefusedRow>> with_texts(const std::vector<RowRefusal>& found,
                                           const ImportRequest& request,
                                           std::span<const Slice> slices,
                                           const std::map<SliceId, Numbers>& left_out) {
    std::vector<RefusedRow> rows;
    for (std::uint32_t slice = 0; slice < request.slices; ++slice) {
        const auto& id = slices[slice].opening.slice;
        const auto known = left_out.find(id);
        const auto first = rows.size();
        for (const auto& [of, row, reason] : found) {
            if (of != slice) continue;
            const auto number =
                known == left_out.end() ? row : number_among_all(row, known->second);
            rows.push_back({.slice = id, .row = number, .reason = reason, .text = {}, .bytes = 0});
        }
        if (rows.size() == first) continue;
        TRY_ASSIGN(auto csv, request.open_slice(slice));
        TRY(read_texts(std::move(csv), std::span(rows).subspan(first)));
    }
    return rows;
}

}  // namespace

ImportRequest without_rows(ImportRequest request, std::span<const Slice> slices,
                           std::span<const RefusedRow> refused) {
    if (refused.empty()) return request;
    request.digest = digest_without(request.digest, slices, refused);
    request.rows -= refused.size();
    for (const auto& row : refused) request.bytes -= row.bytes;
    request.open_slice =
        [open = std::move(request.open_slice), slices,
         left_out = by_slice(refused)](std::uint32_t slice) -> Result<std::unique_ptr<ByteSource>> {
        TRY_ASSIGN(auto csv, open(slice));
        const auto numbers = left_out.find(slices[slice].opening.slice);
        if (numbers == left_out.end()) return csv;
        return std::unique_ptr<ByteSource>(
            std::make_unique<SliceWithout>(std::move(csv), numbers->second));
    };
    return request;
}

Result<bool> record_refused_rows(const ImportRequest& request, std::span<const Slice> slices,
                                 std::span<const RefusedRow> refused, Target& target,
                                 RefusedRowStore& store) {
    const auto room = kRefusedRowsMax - std::min(kRefusedRowsMax, refused.size());
    TRY_ASSIGN(const auto found,
               find_refused(without_rows(request, slices, refused), room, target));
    if (found.empty()) return false;
    if (found.size() > room) {
        return Error(Code::conflict,
                     fmt::format("the table refuses more than {} rows of the file, so none of it "
                                 "is imported; change the table, or set the file aside. {}",
                                 kRefusedRowsMax, describe(found.front())));
    }
    TRY_ASSIGN(const auto rows, with_texts(found, request, slices, by_slice(refused)));
    TRY(store.record_refused(request.file, rows));
    return true;
}

Result<void> record_left_out(const ImportRequest& request, std::span<const Slice> slices,
                             std::vector<RefusedRow> rows, RefusedRowStore& store) {
    for (auto& row : rows) row.reason = kRefusedBefore;
    for (std::uint32_t slice = 0; slice < request.slices; ++slice) {
        const auto of_slice =
            std::ranges::equal_range(rows, slices[slice].opening.slice, {}, &RefusedRow::slice);
        if (of_slice.empty()) continue;
        TRY_ASSIGN(auto csv, request.open_slice(slice));
        TRY(read_texts(std::move(csv), of_slice));
    }
    return store.record_refused(request.file, rows);
}

Result<std::string> first_refused_row(const ImportRequest& request, Target& target) {
    TRY_ASSIGN(const auto found, find_refused(request, 0, target));
    return found.empty() ? std::string() : describe(found.front());
}

}  // namespace millrace::lifecycle
