#include "api/stop_signal.h"

#include <pthread.h>
#include <signal.h>

namespace millrace {
namespace {

bool is_ignored(int signal) {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t hard_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTERM);
    ::sigaddset(&signals, SIGINT);
    return signals;
}

// One that is blocked is waited for even where it is ignored, so an ignored one is left out.
sigset_t stop_signals() {
    auto signals = hard_signals();
    if (!is_ignored(SIGHUP)) ::sigaddset(&signals, SIGHUP);
    return signals;
}

}  // namespace

StopSignal::StopSignal() {
    const auto signals = stop_signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

StopSignal::Came StopSignal::wait() {
    const auto signals = stop_signals();
    int signal = 0;
    while (::sigwait(&signals, &signal) != 0) {
    }
    return signal == SIGHUP ? Came::hangup : Came::stop;
}

void StopSignal::arm_second() {
    const auto signals = hard_signals();
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGINT, SIG_DFL);
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace millrace
