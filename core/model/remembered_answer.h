#pragma once
// RememberedAnswer: what a keyed request was answered once its rows were in the journal, so that
// the same request gets the same answer again and writes nothing.
//
// It says by fingerprints only what the request was; neither key nor body can be read from it.

#include <cstdint>
#include <string>

#include "core/base/fingerprint.h"
#include "core/base/time.h"

namespace millrace {

enum class AnswerMedia : std::uint8_t { none, text, json };  // the numbers are in journals

// The answer itself.
struct AnswerText {
    std::uint16_t status = 200;
    AnswerMedia media = AnswerMedia::none;
    std::uint32_t records = 0;  // of the request
    std::string headers;        // further header lines with their line ends
    std::string body;

    bool operator==(const AnswerText&) const = default;
};

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
    AgeTime expires_at;  // from this moment on it is forgotten
    AnswerText answer;

    bool operator==(const RememberedAnswer&) const = default;
};

}  // namespace millrace
