#pragma once
// Interrupts: Ctrl-C (and SIGTERM) as something that a long command ends at, in good order.
//
// The first one is only remembered: what is under way is waited for. The second ends the exchange
// that is under way; where nothing would be lost by that, the first one does. A signal handler has
// no other place to keep that than the process.

#include "core/base/time.h"

namespace millrace::cli {

class Interrupts {
public:
    // From now on the two signals do not end the process.
    static void take();
    // The same, of a command that only reads: the first signal ends the exchange.
    static void take_at_once();
    static bool happened();

    // The connection that the second signal ends.
    static void watch(int socket);

    // Returns early when a signal comes.
    static void sleep(Milliseconds time);
};

}  // namespace millrace::cli
