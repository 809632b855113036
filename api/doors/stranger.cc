#include "api/doors/stranger.h"

#include <utility>

namespace millrace::doors {

void see_stranger(const pipeline::SourceRoute* route,
                  const std::shared_ptr<pipeline::SourceTap>& nobodys, const Clock& clock,
                  std::string_view client_ip, const Error& error) {
    const auto tap = route == nullptr || route->tap == nullptr ? nobodys : route->tap;
    if (!tap->wants(pipeline::SourceTap::Of::foreign, clock.age())) return;
    pipeline::SeenRequest seen;
    seen.arrived_at = clock.wall();
    seen.client_ip = client_ip;
    seen.is_foreign = true;
    seen.outcome.error = error;
    tap->add(std::move(seen));
}

}  // namespace millrace::doors
