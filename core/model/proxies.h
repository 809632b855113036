#pragma once
// Proxies: who stands in front of the data plane, and which header says who has called them.

#include <vector>

#include "core/base/network.h"

namespace millrace {

enum class ForwardedHeader { x_forwarded_for, forwarded };

struct Proxies {
    std::vector<Network> trusted;                               // empty: the peer is the client
    ForwardedHeader header = ForwardedHeader::x_forwarded_for;  // that they write
};

}  // namespace millrace
