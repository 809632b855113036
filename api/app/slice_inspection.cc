#include "api/app/slice_inspection.h"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/crc32c.h"
#include "core/base/csv.h"
#include "core/model/slice_header.h"

namespace millrace {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;

// Counts rows and the values of each as they pass by.
class RowCounter {
public:
    void add(std::string_view csv) {
        for (const char c : csv) {
            if (c == '"') in_quotes_ = !in_quotes_;
            if (in_quotes_) continue;
            if (c == ',') ++commas_;
            if (c == '\n') end_row();
        }
        if (!csv.empty()) is_whole_ = csv.back() == '\n' && !in_quotes_;
    }

    std::uint64_t rows() const { return rows_; }
    std::optional<std::uint64_t> values() const { return values_; }
    std::optional<std::uint64_t> odd_row() const { return odd_row_; }
    bool is_whole() const { return is_whole_; }

private:
    void end_row() {
        ++rows_;
        if (!values_) values_ = commas_ + 1;
        if (*values_ != commas_ + 1 && !odd_row_) odd_row_ = rows_;
        commas_ = 0;
    }

    bool in_quotes_ = false;
    bool is_whole_ = true;
    std::uint64_t commas_ = 0;
    std::uint64_t rows_ = 0;
    std::optional<std::uint64_t> values_;   // of the first row
    std::optional<std::uint64_t> odd_row_;  // the first that has another number of them
};

// The header if there is one; what is wrong with it is a fault.
std::size_t take_header(std::string_view front, Inspection& inspection) {
    auto& found = inspection.found;
    found["format"] = front.starts_with(kSliceHeaderMark) ? 2 : 1;
    if (!front.starts_with(kSliceHeaderMark)) return 0;
    const auto parsed = parse_slice_header(front);
    if (!parsed.ok() || !parsed.value()) {
        ++inspection.faults;
        found["header"] = parsed.ok() ? "is cut off" : parsed.error().operator_text();
        return 0;
    }
    const auto& header = parsed.value()->header;
    found["operations"] = header.has_operation;
    found["columns"] = header.columns;
    if (header.sequence) found["sequenceColumn"] = header.columns.at(*header.sequence);
    return parsed.value()->bytes;
}

}  // namespace

Result<Inspection> inspect_slice(Disk& disk, const std::string& path) {
    TRY_ASSIGN(const auto file, disk.open(path, Disk::Open::existing));
    Inspection inspection;
    inspection.found["slice"] = path;
    RowCounter counter;
    std::string piece(kPieceBytes, '\0');
    std::uint64_t bytes = 0;
    std::uint32_t crc = 0;
    while (true) {
        TRY_ASSIGN(const auto count,
                   file->read_at(bytes, std::as_writable_bytes(std::span(piece))));
        if (count == 0) break;
        const std::string_view read(piece.data(), count);
        counter.add(bytes == 0 ? read.substr(take_header(read, inspection)) : read);
        crc = crc32c(crc, read);
        bytes += count;
    }
    inspection.found["bytes"] = bytes;
    inspection.found["crc32c"] = fmt::format("{:08x}", crc);
    inspection.found["rows"] = counter.rows();
    inspection.found["valuesInARow"] = counter.values().value_or(0);
    auto faults = nlohmann::ordered_json::array();
    if (!counter.is_whole()) faults.push_back("the last row is cut off");
    if (counter.odd_row()) {
        faults.push_back(fmt::format("row {} has another number of values", *counter.odd_row()));
    }
    inspection.faults += faults.size();
    inspection.found["faults"] = std::move(faults);
    return inspection;
}

}  // namespace millrace
