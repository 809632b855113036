#pragma once
// What `millrace` exits with; others start and judge it by these.

namespace millrace {

enum class ExitCode : int {
    ended = 0,        // on a signal, or a text was printed
    failure = 1,      //
    usage = 2,        // a wrong flag, variable or file
    data_locked = 3,  // another process has the data folder
};

}  // namespace millrace
