#pragma once
// NamelessFile: a file that has no name in its directory, so it is gone with its last descriptor,
// also when the process is killed.
//
// Thread  one at a time.

#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"
#include "storage/os/posix_error.h"

namespace millrace::os {

class NamelessFile {
public:
    // Where the file system cannot do that, the file has for a moment a name that ends with ".tmp".
    // Errors  not_found: the directory; unavailable
    static Result<NamelessFile> create(const std::string& directory);

    // Errors  unavailable, named kNoSpace where that is why
    Result<void> append(std::string_view bytes);

    // Lives as long as this.
    int descriptor() const { return descriptor_.get(); }

    // By what this process may open it once more, while this lives: "/proc/self/fd/7".
    std::string path() const;

private:
    NamelessFile(Descriptor descriptor, std::string directory)
        : descriptor_(std::move(descriptor)), directory_(std::move(directory)) {}

    Descriptor descriptor_;
    std::string directory_;  // for messages
};

}  // namespace millrace::os
