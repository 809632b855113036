#pragma once
// The ready file tells others that both ports accept, and where: {"api": "http://…", "ingest": …,
// "pid": n}.

#include <cstdint>
#include <string>

#include "core/base/result.h"
#include "core/ports/disk.h"

namespace millrace {

class ReadyFile {
public:
    // Deletes what an earlier process left. An empty path is no ready file.
    static Result<ReadyFile> prepare(Disk& disk, std::string path);

    // Written by rename: whoever sees it sees all of it.
    Result<void> write(const std::string& api_url, const std::string& ingest_url);

    // Fine if it is not there.
    Result<void> remove();

private:
    ReadyFile(Disk& disk, std::string path) : disk_(&disk), path_(std::move(path)) {}

    Disk* disk_;
    std::string path_;
};

}  // namespace millrace
