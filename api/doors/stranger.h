#pragma once
// A request that does not know the secret of its source, or finds it closed: people see when and
// from where it came among the recent requests of the source, and nothing else of it.
//
// Thread  any.

#include <memory>
#include <string_view>

#include "core/base/error.h"
#include "core/pipeline/recent_requests.h"
#include "core/pipeline/source_route.h"
#include "core/ports/clock.h"

namespace millrace::doors {

// `route` is null where there is no such source: `nobodys`, which nobody reads, is told then. That
// takes the same time, as the absence of a source must not be measured.
void see_stranger(const pipeline::SourceRoute* route,
                  const std::shared_ptr<pipeline::SourceTap>& nobodys, const Clock& clock,
                  std::string_view client_ip, const Error& error);

}  // namespace millrace::doors
