#include "api/cli/reader_watch.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace millrace::cli {
namespace {

constexpr int kAgainMs = 50;

// Waits until the reader has gone; false if the watch has ended before, or cannot be kept.
bool wait_for_reader_to_go(int end) {
    while (true) {
        pollfd watched[] = {{.fd = STDOUT_FILENO, .events = 0, .revents = 0},
                            {.fd = end, .events = POLLIN, .revents = 0}};
        if (::poll(watched, 2, -1) < 0 && errno != EINTR) return false;
        if (watched[1].revents != 0 || (watched[0].revents & POLLNVAL) != 0) return false;
        if ((watched[0].revents & (POLLERR | POLLHUP)) != 0) return true;
    }
}

void watch(int end, pthread_t reader) {
    if (!wait_for_reader_to_go(end)) return;
    pollfd ended = {.fd = end, .events = POLLIN, .revents = 0};
    do {
        ::pthread_kill(reader, SIGTERM);
    } while (::poll(&ended, 1, kAgainMs) <= 0);
}

}  // namespace

ReaderWatch::ReaderWatch() : end_(::eventfd(0, EFD_CLOEXEC)) {
    if (end_ < 0) return;
    // Signals are for the thread that waits.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    watcher_ = std::thread(watch, end_, ::pthread_self());
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ReaderWatch::~ReaderWatch() {
    if (end_ < 0) return;
    const eventfd_t one = 1;
    ::eventfd_write(end_, one);
    watcher_.join();
    ::close(end_);
}

}  // namespace millrace::cli
