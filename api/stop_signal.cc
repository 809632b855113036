#include "api/stop_signal.h"

#include <pthread.h>
#include <signal.h>

namespace millrace {
namespace {

sigset_t stop_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTERM);
    ::sigaddset(&signals, SIGINT);
    return signals;
}

}  // namespace

StopSignal::StopSignal() {
    const auto signals = stop_signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // A client that goes away while it is answered is an error of one write, not of the process.
    ::signal(SIGPIPE, SIG_IGN);
}

void StopSignal::wait() {
    const auto signals = stop_signals();
    int signal = 0;
    while (::sigwait(&signals, &signal) != 0) {
    }
}

void StopSignal::arm_second() {
    const auto signals = stop_signals();
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGINT, SIG_DFL);
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace millrace
