#include "api/log/proxy_log.h"

#include <chrono>

#include "api/log/log.h"

namespace millrace::log {

void ProxyLog::note(const std::string& proxy, std::string_view cause) {
    const auto turn = throttle_.turn(std::chrono::steady_clock::now());
    if (!turn) return;
    log::warn("proxy_head_refused",
              {{"proxy", proxy},
               {"cause", std::string(cause)},
               {"left_out", *turn},
               {"message",
                "connections of trusted proxies must begin with a head of the PROXY protocol: let "
                "the proxy send it, or turn ingest.proxy-protocol off"}});
}

}  // namespace millrace::log
