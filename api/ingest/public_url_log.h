#pragma once
// PublicUrlLog: a warning a day and source whose requests come by another URL than
// ingest.public-url: senders are shown one that is not theirs, and signatures of URLs do not match.
//
// Doors look at a request of a source with rules now and then, so that others cost nothing.
//
// Thread  any.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/guarded.h"
#include "core/base/time.h"

namespace millrace::ingest {

// By which URL a request has come, as its headers say, if that is not the public one:
// "https://other.example.com". Schemes are compared where a proxy says which it was, names without
// regard to case, and a port that the scheme has anyway is none.
struct Arrival {
    std::string_view host;   // "events.example.com:443"; empty: it is not said
    std::string_view proto;  // "https"; empty: it is not said
};
std::optional<std::string> other_url(std::string_view public_url, const Arrival& arrival);

class PublicUrlLog {
public:
    static constexpr Milliseconds kLooksEvery{5'000};
    static constexpr Milliseconds kWarnsEvery = std::chrono::hours(24);

    explicit PublicUrlLog(std::string public_url) : public_url_(std::move(public_url)) {}

    // Whether there is anything to compare.
    bool is_on() const { return !public_url_.empty(); }

    void note(std::string_view source, const Arrival& arrival, SteadyTime now);

private:
    const std::string public_url_;
    Guarded<std::map<std::string, SteadyTime, std::less<>>> warned_;  // by source
};

}  // namespace millrace::ingest
