#include "api/console/console_events.h"

#include "api/log/log.h"

namespace millrace::console {

void emit(const SignedIn& event) {
    log::info("signed_in", {{"token", event.token}, {"client_ip", event.client_ip}});
}

}  // namespace millrace::console
