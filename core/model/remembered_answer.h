#pragma once
// RememberedAnswer: what a keyed request was answered once its rows were in the journal, so that
// the same request gets the same answer again and writes nothing.
//
// It says by fingerprints only what the request was; neither key nor body can be read from it. The
// answer is bytes of the door that the request came by, which only that door reads.
//
// See  docs/formats/outcome.md

#include <string>

#include "core/base/fingerprint.h"
#include "core/base/time.h"

namespace millrace {

// Who asked for what.
struct RequestKey {
    Fingerprint source;   // its scope: keys of different sources have nothing to do with each other
    Fingerprint key;      // of the source and the key
    Fingerprint request;  // of the body and of what changes its meaning

    bool operator==(const RequestKey&) const = default;
};

struct RememberedAnswer {
    RequestKey request;
    AgeTime arrived_at;
    AgeTime expires_at;   // from this moment on it is forgotten
    std::string outcome;  // of the door

    bool operator==(const RememberedAnswer&) const = default;
};

}  // namespace millrace
