#include "storage/local/slice_writer.h"

#include <fmt/format.h>

#include <span>
#include <utility>

#include "core/ports/atomic_file.h"

namespace millrace::local {
namespace {

std::string temporary_of(const std::string& path) {
    return path + std::string(kTemporarySuffix);
}

Error failed_before(const std::string& path) {
    return Error(Code::unavailable, fmt::format("writing {} has failed before", path));
}

}  // namespace

Result<std::unique_ptr<SliceOutput>> SliceWriter::create(Disk& disk, const std::string& path) {
    // First, so that nothing but a failed sync can come between the rename and the end.
    TRY_ASSIGN(auto directory, disk.open_directory(path.substr(0, path.find_last_of('/'))));
    TRY_ASSIGN(auto file, disk.open(temporary_of(path), Disk::Open::create_new));
    return std::unique_ptr<SliceOutput>(
        new SliceWriter(disk, path, std::move(directory), std::move(file)));
}

SliceWriter::SliceWriter(Disk& disk, std::string path, std::unique_ptr<DiskDirectory> directory,
                         std::unique_ptr<DiskFile> file)
    : disk_(disk),
      path_(std::move(path)),
      directory_(std::move(directory)),
      file_(std::move(file)) {}

SliceWriter::~SliceWriter() {
    if (!is_temporary_) return;
    file_.reset();
    // Best effort: the next start removes it.
    static_cast<void>(disk_.remove(temporary_of(path_)).ok());
}

Result<void> SliceWriter::append(std::string_view csv) {
    if (failed_) return failed_before(path_);
    auto written = file_->write_at(bytes_, std::as_bytes(std::span(csv.data(), csv.size())));
    failed_ = !written.ok();
    if (written.ok()) bytes_ += csv.size();
    return std::move(written).in(fmt::format("write {}", path_));
}

Result<void> SliceWriter::sync() {
    if (failed_) return failed_before(path_);
    auto synced = file_->sync_data();
    failed_ = !synced.ok();
    return std::move(synced).in(fmt::format("sync {}", path_));
}

Result<void> SliceWriter::finish() {
    if (failed_) return failed_before(path_);
    auto done = put_in_place();
    failed_ = true;  // it takes nothing more in any case
    return std::move(done).in(fmt::format("finish {}", path_));
}

Result<void> SliceWriter::put_in_place() {
    TRY(file_->sync_data());
    TRY(disk_.rename(temporary_of(path_), path_));
    is_temporary_ = false;
    return directory_->sync();
}

}  // namespace millrace::local
