#include "tests/support/memory_file_catalog.h"

#include <tuple>
#include <utility>

namespace millrace::fakes {

Result<std::optional<Slice>> MemoryFileCatalog::find_slice(SliceId id) {
    const auto found = slices.find(id);
    if (found == slices.end()) return std::optional<Slice>();
    return std::optional(found->second);
}

Result<std::optional<File>> MemoryFileCatalog::find_file(FileId id) {
    const auto found = files.find(id);
    if (found == files.end()) return std::optional<File>();
    return std::optional(found->second);
}

Result<std::vector<OpenFile>> MemoryFileCatalog::writing_files(const VolumeId&) {
    return std::vector<OpenFile>();
}

Result<bool> MemoryFileCatalog::is_lost(const Ticket& ticket, SinkNumber) {
    return lost.contains(ticket.batch);
}

Result<std::vector<Slice>> MemoryFileCatalog::slices_with(SinkNumber sink, const Ticket& ticket) {
    std::vector<Slice> found;
    for (const auto& [id, slice] : slices) {
        const auto& [opening, content] = std::tie(slice.opening, slice.content);
        if (opening.sink.sink == sink && opening.volume == ticket.volume &&
            content.first_batch <= ticket.batch && ticket.batch <= content.last_batch) {
            found.push_back(slice);
        }
    }
    return found;
}

Result<std::vector<Slice>> MemoryFileCatalog::slices_to_upload(WallTime, std::uint32_t) {
    return std::vector<Slice>();
}

Result<std::vector<File>> MemoryFileCatalog::files_to_import(WallTime, std::uint32_t) {
    return std::vector<File>();
}

Result<std::vector<Slice>> MemoryFileCatalog::slices_of(FileId file) {
    std::vector<Slice> found;
    for (const auto& [_, slice] : slices) {
        if (slice.opening.file == file) found.push_back(slice);
    }
    return found;
}

Result<std::vector<SliceId>> MemoryFileCatalog::removed_slices(const VolumeId&) {
    return std::vector<SliceId>();
}

Result<std::vector<File>> MemoryFileCatalog::forgettable_files(const VolumeId&, AgeTime, Sequence,
                                                               std::uint32_t) {
    return std::vector<File>();
}

Result<SinkStatistics> MemoryFileCatalog::statistics(SinkNumber sink) {
    auto result = by_sink[sink];
    for (const auto& [version, rows] : staged) {
        if (version.sink == sink) result.staging.rows += rows;
    }
    if (after_statistics) std::exchange(after_statistics, nullptr)();
    return result;
}

Result<std::vector<FileCatalog::NumberedStatistics>> MemoryFileCatalog::all_statistics() {
    std::vector<NumberedStatistics> all;
    for (const auto& [sink, statistics] : by_sink) all.push_back({sink, statistics});
    if (after_statistics) std::exchange(after_statistics, nullptr)();
    return all;
}

Result<std::vector<FileCatalog::RowsToImport>> MemoryFileCatalog::rows_to_import() {
    std::vector<RowsToImport> all;
    for (const auto& [version, rows] : staged) all.push_back({version, rows});
    return all;
}

Result<std::map<VolumeId, std::uint64_t>> MemoryFileCatalog::rows_to_import_by_volume() {
    return std::map<VolumeId, std::uint64_t>();
}

}  // namespace millrace::fakes
