#pragma once
// Uploads: objects that are put in parts, and what became of those that were not finished.
//
// The server keeps the parts of an upload, out of sight, until it is completed or aborted. put()
// aborts it after an error. What it cannot abort, and what a process that ended has left, is
// aborted by abort_abandoned().
//
// Thread  any; one object is put by one thread at a time.
// See     "Uploading and copying objects using multipart upload" of the Amazon S3 user guide.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/result.h"
#include "core/ports/byte_source.h"
#include "storage/staging/s3/client.h"
#include "storage/staging/s3/listings.h"

namespace millrace::s3 {

class Uploads {
public:
    Uploads(Client& client, std::uint64_t part_bytes) : client_(client), part_bytes_(part_bytes) {}

    // Stores `bytes`, in one request if they are fewer than a part. Memory: one part.
    // Errors  those of `bytes`; unavailable; unknown_outcome: it may be stored
    Result<std::uint64_t> put(const std::string& object, ByteSource& bytes);

    // Aborts what is not under way of the uploads to names with that prefix.
    Result<std::uint64_t> abort_abandoned(const std::string& prefix);

private:
    class UnderWay;

    Result<void> put_whole(const std::string& object, std::string_view bytes);
    Result<std::uint64_t> put_parts(const std::string& object, std::string part, ByteSource& bytes);
    Result<std::uint64_t> send_parts(const Upload& upload, std::string part, ByteSource& bytes);
    Result<std::string> create(const std::string& object);
    Result<Part> send_part(const Upload& upload, std::size_t number, std::string_view bytes);
    Result<void> complete(const Upload& upload, const std::vector<Part>& parts);
    Result<void> abort(const Upload& upload);

    Client& client_;
    const std::uint64_t part_bytes_;
    Guarded<std::multiset<std::string>> under_way_;  // objects that are put in parts just now
};

}  // namespace millrace::s3
