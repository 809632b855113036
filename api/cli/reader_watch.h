#pragma once
// ReaderWatch: whether somebody still reads standard output, for commands that may have nothing to
// write for long: a write would be the first to notice.
//
// Once the reader has gone, SIGTERM comes to the thread that made the watch, as if somebody had
// ended the command: again and again, as one signal may come just before the wait that it is to
// end.
//
// Lifetime  signals are taken before (Interrupts); the watch ends with its object.

#include <thread>

namespace millrace::cli {

class ReaderWatch {
public:
    ReaderWatch();
    ~ReaderWatch();
    ReaderWatch(const ReaderWatch&) = delete;
    ReaderWatch& operator=(const ReaderWatch&) = delete;

private:
    int end_ = -1;  // an eventfd
    std::thread watcher_;
};

}  // namespace millrace::cli
