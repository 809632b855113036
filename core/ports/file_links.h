#pragma once
// Files that become objects of a staging without a copy: by a second name of the same file.
//
// Both are abilities that some implementations of ByteSource and Staging have beside what those
// say; who asks casts to them, and copies where one is missing.

#include <string>

#include "core/base/result.h"

namespace millrace {

// A source whose bytes are those of one file, which nobody changes any more.
class LocalFile {
public:
    virtual ~LocalFile() = default;
    virtual const std::string& path() const = 0;
};

// A staging whose objects are files.
class LinkingStaging {
public:
    virtual ~LinkingStaging() = default;

    // Makes the file `path`, which is durable and does not change any more, the object `key` too;
    // durable as after put(). False, and nothing has happened: the two are not on one file system,
    // or it has no second names.
    // Errors  those of Staging::put()
    virtual Result<bool> link(const std::string& key, const std::string& path) = 0;
};

}  // namespace millrace
