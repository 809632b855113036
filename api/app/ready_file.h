#pragma once
// The ready file tells others that both ports accept, and where: {"api": "http://…", "ingest": …,
// "pid": n}.

#include <cstdint>
#include <string>
#include <utility>

#include "core/base/result.h"

namespace millrace {

class ReadyFile {
public:
    // Deletes what an earlier process left. An empty path is no ready file.
    // Errors  invalid: something else than a regular file is there; it is left alone
    static Result<ReadyFile> prepare(std::string path);

    // Written by rename: a reader that finds it finds all of it.
    Result<void> write(const std::string& api_url, const std::string& ingest_url);

    // Fine if it is not there.
    Result<void> remove();

private:
    explicit ReadyFile(std::string path) : path_(std::move(path)) {}

    std::string path_;
};

}  // namespace millrace
