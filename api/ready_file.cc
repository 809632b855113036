#include "api/ready_file.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "core/ports/atomic_file.h"

namespace millrace {

Result<ReadyFile> ReadyFile::prepare(Disk& disk, std::string path) {
    ReadyFile file(disk, std::move(path));
    TRY(file.remove());
    return file;
}

Result<void> ReadyFile::write(const std::string& api_url, const std::string& ingest_url) {
    if (path_.empty()) return {};
    const nlohmann::json content = {{"api", api_url}, {"ingest", ingest_url}, {"pid", ::getpid()}};
    return write_atomically(*disk_, path_, content.dump() + "\n");
}

Result<void> ReadyFile::remove() {
    if (path_.empty()) return {};
    auto removed = disk_->remove(path_);
    if (!removed.ok() && removed.error().code() == Code::not_found) return {};
    return removed;
}

}  // namespace millrace
