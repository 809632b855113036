#pragma once
// SIGTERM, SIGINT and SIGHUP as something to wait for. A second SIGTERM or SIGINT ends the process
// at once; a second SIGHUP does not, because a terminal that closes may send several.
//
// A SIGHUP that was ignored when the process began, as nohup(1) does it, stays ignored.

namespace millrace {

class StopSignal {
public:
    // Blocks the signals for the calling thread and all it starts later: make it before any other.
    StopSignal();

    enum class Came { stop, hangup };

    // Returns when a signal has come.
    Came wait();

    // Gives the signals back their default: the next one ends the process.
    void arm_second();
};

}  // namespace millrace
