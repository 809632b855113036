#pragma once
// WrongTokens: who guesses tokens, or secrets of sources, is counted, logged and slowed down.
//
// An address has ten wrong tokens, and one more each second; beyond that it is told to wait. A
// right token is never asked about this, so one client cannot lock out others of its address.
//
// IPv6 addresses count by their /64, which one host has for itself. Addresses share a fixed table,
// so that guessing from many takes no memory; two that collide there share their ten.
//
// Thread  any.

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/ports/clock.h"

namespace millrace::access {

class WrongTokens {
public:
    enum class Of { tokens, secrets };  // of the API, of sources: which line the log has

    explicit WrongTokens(const Clock& clock, Of of = Of::tokens) : clock_(clock), of_(of) {}

    // Notes one. Returns how long the sender shall wait: 0 while it has some left.
    Milliseconds note(const std::string& client_ip);

    std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

private:
    void tell(const std::string& client_ip) const;

    const Clock& clock_;
    const Of of_;
    std::atomic<std::uint64_t> count_ = 0;
    std::mutex mutex_;
    std::array<SteadyTime, 4096> paid_at_{};  // when all that an address has sent is forgiven
    SteadyTime next_line_{};                  // of the log
    std::uint64_t unlogged_ = 0;
};

// What the sender is told who shall wait: overloaded stream.api.tooManyWrongTokens.
Error too_many_wrong_tokens();

}  // namespace millrace::access
