#pragma once
// SliceWriter: writes a slice file under a temporary name and gives it its own when it is whole.
//
// A temporary file that a crash leaves is removed at the next start (SliceFiles::remove_strays()).
// Format  docs/formats/slice.md

#include <memory>
#include <string>

#include "core/ports/disk.h"
#include "core/ports/slice_output.h"

namespace millrace::local {

class SliceWriter final : public SliceOutput {
public:
    // Makes the file `path`, which must not be there. `disk` must outlive it.
    // Errors  those of Disk
    static Result<std::unique_ptr<SliceOutput>> create(Disk& disk, const std::string& path);
    ~SliceWriter() override;

    Result<void> append(std::string_view csv) override;
    Result<void> sync() override;
    Result<void> finish() override;

private:
    SliceWriter(Disk& disk, std::string path, std::unique_ptr<DiskDirectory> directory,
                std::unique_ptr<DiskFile> file);

    Result<void> put_in_place();

    Disk& disk_;
    const std::string path_;
    const std::unique_ptr<DiskDirectory> directory_;
    std::unique_ptr<DiskFile> file_;
    std::uint64_t bytes_ = 0;
    bool failed_ = false;
    bool is_temporary_ = true;
};

}  // namespace millrace::local
