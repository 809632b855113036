#include "core/lifecycle/file_rows.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

#include "core/base/csv.h"
#include "core/lifecycle/checked_source.h"
#include "core/model/slice_header.h"
#include "core/ports/raw_rows.h"

namespace millrace::lifecycle {
namespace {

// The first line, for rows of a slice with this header; empty: of format 1.
Result<std::string> names_line(const std::string& header, const MappingSnapshot& snapshot) {
    std::vector<std::string> names;
    if (header.empty()) {
        for (const auto& column : snapshot.columns) names.push_back(column.name);
    } else {
        TRY_ASSIGN(const auto parsed, parse_slice_header(header));
        if (!parsed) return Error(Code::corrupt, "the header of the slice does not end");
        if (parsed->header.has_operation) names.emplace_back("_operation");
        names.insert(names.end(), parsed->header.columns.begin(), parsed->header.columns.end());
    }
    std::string line;
    for (const auto& name : names) {
        if (!line.empty()) line += ',';
        append_csv_value(line, name);
    }
    return line + '\n';
}

class PageReader {
public:
    PageReader(const MappingSnapshot& snapshot, std::uint64_t bytes_max)
        : snapshot_(snapshot), bytes_max_(bytes_max) {}

    // Appends the rows of a slice from `place` on, which then is behind them. Returns whether the
    // page ends there.
    Result<bool> append(std::unique_ptr<ByteSource> source, RowsPlace& place) {
        RawRows rows(std::move(source));
        whole_ = csv_.size();
        while (true) {
            const auto number = rows.rows();
            TRY_ASSIGN(const auto row, rows.next());
            if (!row) break;
            if (number < place.row) continue;
            if (!header_) {
                header_ = rows.header();
                TRY_ASSIGN(csv_, names_line(*header_, snapshot_));
            }
            if (*header_ != rows.header()) return true;
            csv_ += *row;
            place.row = number + 1;
            if (csv_.size() >= bytes_max_) return true;
        }
        place = {.slice = place.slice + 1, .row = 0};
        return false;
    }

    // Without the rows of the slice that was appended last.
    void cut_to_last_slice() { csv_.resize(whole_); }
    std::string take() { return std::move(csv_); }

private:
    const MappingSnapshot& snapshot_;
    const std::uint64_t bytes_max_;
    std::optional<std::string> header_;  // of the slices so far
    std::string csv_;
    std::size_t whole_ = 0;  // bytes of the slices before the last one
};

Error unreadable(const Slice& slice, std::uint32_t number, std::size_t slices, const Error& error) {
    return Error(Code::conflict,
                 fmt::format("Slice {} of {} ({}) cannot be read: {}. Go on behind it with "
                             "after={}:0.",
                             number + 1, slices, to_string(slice.opening.slice),
                             error.operator_text(), number + 1));
}

}  // namespace

Result<std::unique_ptr<ByteSource>> open_slice(const Slice& slice, const Stores& stores) {
    if (slice.state == SliceState::closing || slice.state == SliceState::uploading) {
        return stores.slices.read(slice);
    }
    TRY_ASSIGN(auto* const staging, stores.stagings.at(slice.staged.staging));
    return open_staged(slice, *staging, stores.gzip);
}

Result<FileRowsPage> read_file_rows(FileId file, const RowsPlace& from, std::uint64_t bytes_max,
                                    const Stores& stores) {
    TRY_ASSIGN(const auto known, stores.catalog.find_file(file));
    if (!known) {
        return Error(Code::not_found, fmt::format("file {} is not known", to_string(file)));
    }
    TRY_ASSIGN(const auto snapshot, stores.definitions.mapping(known->sink));
    TRY_ASSIGN(const auto slices, stores.catalog.slices_of(file));
    if (from.slice > slices.size()) {
        return Error(Code::not_found,
                     fmt::format("file {} has {} slices", to_string(file), slices.size()));
    }
    PageReader page(snapshot, bytes_max);
    auto place = from;
    for (bool is_over = false; !is_over && place.slice < slices.size();) {
        const auto before = place;
        const auto& slice = slices[place.slice];
        auto read = [&]() -> Result<bool> {
            TRY_ASSIGN(auto source, open_slice(slice, stores));
            return page.append(std::move(source), place);
        }();
        if (read.ok()) {
            is_over = read.value();
            continue;
        }
        // The slices before it come first, and it is told of with the next page.
        if (before == from) {
            return unreadable(slice, before.slice, slices.size(), read.error());
        }
        page.cut_to_last_slice();
        place = before;
        break;
    }
    FileRowsPage done{.csv = page.take(), .next = std::nullopt};
    if (place.slice < slices.size()) done.next = place;
    return done;
}

}  // namespace millrace::lifecycle
