#pragma once
// Client: signed requests to one bucket, repeated within a deadline where that may help.
//
// Thread  any; each call blocks its thread for options.call_max at most.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/ports/clock.h"
#include "core/ports/rng.h"
#include "storage/staging/s3/failures.h"
#include "storage/staging/s3/s3_address.h"
#include "storage/staging/s3/s3_credentials.h"
#include "storage/staging/s3/s3_stop_signal.h"
#include "storage/staging/s3/signature_v4.h"
#include "storage/web/http_calls.h"

namespace millrace::s3 {

struct ClientOptions {
    AddressOptions address;
    web::HttpOptions http;
    Milliseconds call_max = std::chrono::seconds(30);  // with all its attempts
    int attempts_max = 5;
    Milliseconds pause_first = std::chrono::milliseconds(100);  // doubled each time
    Milliseconds pause_max = std::chrono::seconds(3);
};

struct Operation {
    std::string method;
    std::string object;  // its name in the bucket; empty: the bucket itself
    Query query;
    Headers headers;
    std::string_view body;
    std::string wanted_root;  // of the XML in the answer; empty: none needed
    bool is_data = false;     // the answer is bytes of an object
    std::uint64_t answer_bytes_max = 4 << 20;
};

// The attempts of one call: how many there may be yet, and the pauses between them.
//
// Lifetime  the options live longer.
class Attempts {
public:
    Attempts(const ClientOptions& options, SteadyTime begun)
        : options_(&options), ends_(begun + options.call_max) {}

    Milliseconds left(SteadyTime now) const {
        return std::chrono::duration_cast<Milliseconds>(ends_ - now);
    }
    // How long to wait before the next one: a random part of a span that doubles, so that clients
    // that failed together do not come back together. Nothing: it was the last one.
    std::optional<Milliseconds> pause(SteadyTime now, std::uint64_t random);

private:
    const ClientOptions* options_;
    SteadyTime ends_;
    int made_ = 0;
};

class Client {
public:
    struct Parts {
        Clock& clock;
        Rng& rng;  // no one else's
        CredentialSource credentials;
        StopSignal& stop;
    };
    Client(ClientOptions options, Address address, Parts parts);

    // The answer, which has status 2xx.
    // Errors  not_found        the object, or the upload
    //         unavailable      it did not happen
    //         unknown_outcome  one of the attempts may have done it
    Result<web::HttpAnswer> call(const Operation& operation);

    struct Attempt {
        web::HttpAnswer answer;
        std::optional<Failure> failure;
    };
    // One attempt alone, of `time_max` at most.
    Attempt attempt(const Operation& operation, Milliseconds time_max);

    Attempts begin() const { return {options_, parts_.clock.steady()}; }
    Milliseconds left(const Attempts& attempts) const {
        return attempts.left(parts_.clock.steady());
    }
    // Waits before the next attempt. Returns whether there may be one.
    bool pause(Attempts& attempts);

private:
    web::HttpRequest signed_request(const Operation& operation, const Credentials& credentials,
                                    WallTime now) const;

    const ClientOptions options_;
    const Address address_;
    Parts parts_;
    std::mutex rng_mutex_;
    web::HttpCalls http_;
};

}  // namespace millrace::s3
