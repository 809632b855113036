#pragma once
// OldFileRows: files of catalog.sqlite that were opened long ago and wait.

#include "core/ports/old_files.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class OldFileRows : public OldFiles {
public:
    explicit OldFileRows(Connections& connections) : connections_(connections) {}

    Result<std::vector<FileId>> waiting_files(FileId before, std::uint32_t limit) override;
    Result<std::vector<File>> unfinished_files(FileId after, std::uint32_t limit) override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
