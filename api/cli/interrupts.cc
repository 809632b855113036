#include "api/cli/interrupts.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <atomic>

namespace millrace::cli {
namespace {

std::atomic<int> signals = 0;
std::atomic<int> watched = -1;
std::atomic<int> last_word = 2;  // the signal that ends the exchange
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler uses it");

void remember(int) {
    if (signals.fetch_add(1) + 1 >= last_word.load() && watched.load() >= 0) {
        ::shutdown(watched.load(), SHUT_RDWR);
    }
}

}  // namespace

void Interrupts::take() {
    struct sigaction action {};
    action.sa_handler = remember;  // without SA_RESTART: a read that waits ends
    for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

void Interrupts::take_at_once() {
    last_word = 1;
    take();
}

bool Interrupts::happened() {
    return signals.load() > 0;
}

void Interrupts::watch(int socket) {
    watched = socket;
}

void Interrupts::sleep(Milliseconds time) {
    if (happened()) return;
    ::poll(nullptr, 0, static_cast<int>(time.count()));
}

}  // namespace millrace::cli
