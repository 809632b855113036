#pragma once
// Who has sent a request that came through proxies.
//
// Only what a trusted proxy has written counts. Each proxy appends the address it was called from,
// so the list is read from its end: as long as the next address is a trusted proxy, the one before
// it is believed too. What a client writes itself stands in front of that and is never reached.
//
// See  RFC 7239 (Forwarded); X-Forwarded-For is the same list without the names

#include <string>
#include <string_view>

#include "api/http/door.h"
#include "core/model/proxies.h"

namespace millrace::http {

bool is_trusted(const Proxies& proxies, std::string_view ip);

// The client's address as text; the peer's if the headers say nothing that can be believed or read.
std::string forwarded_ip(const Proxies& proxies, const RequestView& request);

}  // namespace millrace::http
