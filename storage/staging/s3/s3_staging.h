#pragma once
// S3Staging: staging as objects of a bucket, in an S3 server or what speaks like one; the name of
// an object is a prefix and the key.
//
// Bytes are checked on their way in: the request is signed with their SHA-256, and has their
// CRC32C, which the server keeps. On their way out the lifecycle checks them.
//
// Uploads in parts that were not finished are not in lists, and are aborted by the staging itself:
// when it is first listed, and daily from then on.
//
// Thread   any; one key is put by one thread at a time. Each request ends within a time, with all
//          its attempts; stop() ends them at once.
// Durable  an object is there whole once the server has said so, and not before.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/ports/staging.h"
#include "storage/staging/s3/client.h"
#include "storage/staging/s3/uploads.h"

namespace millrace::s3 {

struct StagingOptions {
    ClientOptions client;
    std::string prefix;                   // of all names; empty, or ends with "/"
    std::uint64_t part_bytes = 8 << 20;   // of an upload; larger objects go in parts
    std::uint64_t piece_bytes = 4 << 20;  // of a download
};

struct StagingEvents {
    std::function<void(std::uint64_t uploads)> uploads_aborted;
    std::function<void(const Error& error)> uploads_not_aborted;  // tried again with the next list
};

class S3Staging : public Staging {
public:
    struct Parts {
        std::unique_ptr<Clock> clock;
        std::unique_ptr<Rng> rng;
        CredentialSource credentials;
        StagingEvents events;
    };

    // No request is made yet: a server that is away does not hold up the start.
    // Errors  invalid: the endpoint, the bucket or the prefix is none
    static Result<std::unique_ptr<S3Staging>> make(StagingOptions options, Parts parts);

    Result<std::uint64_t> put(const std::string& key, ByteSource& bytes) override;
    Result<std::unique_ptr<ByteSource>> get(const std::string& key) override;
    Result<void> remove(const std::string& key) override;
    Result<std::vector<std::string>> list(const ListPage& page) override;
    void stop() override { stop_.stop(); }

private:
    S3Staging(StagingOptions options, Address address, Parts parts);

    Result<std::string> object_of(const std::string& key) const;
    void abort_abandoned_daily();

    const StagingOptions options_;
    Parts parts_;
    StopSignal stop_;
    Client client_;
    Uploads uploads_;
    Guarded<SteadyTime> look_for_abandoned_at_{SteadyTime::min()};
};

}  // namespace millrace::s3
