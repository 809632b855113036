#include "api/app/ready_file.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "storage/os/private_file.h"

namespace millrace {

Result<ReadyFile> ReadyFile::prepare(std::string path) {
    ReadyFile file(std::move(path));
    TRY(file.remove().in("the ready file"));
    return file;
}

Result<void> ReadyFile::write(const std::string& api_url, const std::string& ingest_url) {
    if (path_.empty()) return {};
    const nlohmann::json content = {{"api", api_url}, {"ingest", ingest_url}, {"pid", ::getpid()}};
    return os::replace_file(path_, content.dump() + "\n", os::FileAccess::group)
        .in("the ready file");
}

Result<void> ReadyFile::remove() {
    if (path_.empty()) return {};
    auto removed = os::remove_file(path_);
    if (!removed.ok() && removed.error().code() == Code::not_found) return {};
    return removed;
}

}  // namespace millrace
