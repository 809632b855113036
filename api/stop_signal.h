#pragma once
// SIGTERM and SIGINT as something to wait for. A second signal ends the process at once.

namespace millrace {

class StopSignal {
public:
    // Blocks the signals for the calling thread and all it starts later: make it first in main().
    StopSignal();

    // Returns when the first signal has come.
    void wait();

    // Gives the signals back their default: the next one ends the process.
    void arm_second();
};

}  // namespace millrace
