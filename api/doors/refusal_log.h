#pragma once
// RefusalLog: one line a second and source about records that were refused, and why.
//
// A column's value is never in it: of an error whose text may quote one, the text up to the column
// is.
//
// Thread  any.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/guarded.h"
#include "core/base/time.h"
#include "core/pipeline/request.h"
#include "core/ports/clock.h"

namespace millrace::doors {

struct RefusedRecord {
    std::string source;
    std::string sink;  // empty: the request as a whole
    std::string error;
    std::string reason;
};

// Nothing if the sender has made no mistake: overload and faults of the service are told elsewhere.
std::optional<RefusedRecord> refused_in(const pipeline::Request& request);

class RefusalLog {
public:
    static constexpr Milliseconds kEvery{1000};

    explicit RefusalLog(Clock& clock) : clock_(clock) {}

    // After every request.
    void note(const pipeline::Request& request) {
        if (request.outcome.error || !request.outcome.sinks.empty()) tell(request);
    }

    // A request to the source was not signed as it should be.
    void note_signature(const std::string& source, std::string_view reason);

    // Whether a line of the source may be written now; then how many were left out since the last
    // one.
    std::optional<std::uint64_t> turn(const std::string& source, SteadyTime now);

private:
    struct Turns {
        SteadyTime last;
        std::uint64_t left_out = 0;
    };
    using BySource = std::map<std::string, Turns, std::less<>>;

    void tell(const pipeline::Request& request);

    Clock& clock_;
    Guarded<BySource> sources_;
};

}  // namespace millrace::doors
