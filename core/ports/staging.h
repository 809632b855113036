#pragma once
// Staging: the storage level between local slices and the target table; holds whole slices as
// objects.
//
// Thread  any.
// Errors  unavailable, unknown_outcome (put and remove are idempotent: repeat them), corrupt

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/model/settings.h"
#include "core/ports/byte_source.h"

namespace millrace {

struct Encoding {
    Compression compression = Compression::gzip;
    int gzip_level = 1;
};

class Staging {
public:
    virtual ~Staging() = default;

    // Stores the CSV under `key`, compressed as asked; returns the stored size in bytes. The object
    // is there durably and whole, or not at all. A second put() of a key replaces the first.
    virtual Result<std::uint64_t> put(const std::string& key, ByteSource& csv,
                                      Encoding encoding) = 0;

    // The CSV of an object, decompressed. Errors  not_found
    virtual Result<std::unique_ptr<ByteSource>> get(const std::string& key,
                                                    Compression compression) = 0;

    // Deletes an object; fine if it is not there.
    virtual Result<void> remove(const std::string& key) = 0;
};

}  // namespace millrace
