#pragma once
// Sessions: who has signed in with a token and shows a cookie from then on.
//
// A session belongs to the token that opened it and may do what that token may, so whoever finds
// one asks for its token again. Its id is random and only its digest is kept: what a process has in
// memory opens no door.
//
// There is a bounded number of them: beyond it the oldest ends, first of the same token.
//
// Thread    any.
// Lifetime  in memory: a restart ends all of them.
// See       docs/adr/0027-a-session-cookie-beside-tokens.md

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/guarded.h"
#include "core/base/secret.h"
#include "core/base/time.h"
#include "core/ports/clock.h"

namespace millrace::access {

struct SessionLimits {
    Milliseconds life = std::chrono::hours(12);
    std::size_t of_token = 32;
    std::size_t all = 1024;
};

struct Session {
    std::string token_digest;  // of the token that opened it
    Secret csrf;               // what a request that changes something has to repeat
    WallTime expires_at;       // for people; the steady clock decides
};

class Sessions {
public:
    // `random_text` makes a text of that length that nobody can guess, on any thread.
    Sessions(const Clock& clock, std::function<std::string(std::size_t)> random_text,
             SessionLimits limits = {});

    struct Opened {
        std::string id;  // of the cookie; kept nowhere
        Session session;
    };
    Opened open(std::string token_digest);

    // Nothing for an id that was never given, has expired or was closed.
    std::optional<Session> find(std::string_view id) const;

    void close(std::string_view id);

    // Those that have not been found to be over.
    std::size_t count() const;

private:
    struct Kept {
        Session session;
        SteadyTime opened_at;
        SteadyTime expires_at;
    };
    using ByDigest = std::map<std::string, Kept>;  // of the id

    void make_room(ByDigest& sessions, const std::string& token_digest, SteadyTime now) const;

    const Clock& clock_;
    const std::function<std::string(std::size_t)> random_text_;
    const SessionLimits limits_;
    Guarded<ByDigest> sessions_;
};

}  // namespace millrace::access
