#pragma once
// AddressShares: what the connections of one address may have together, of all loops of a port.
//
// An address is an IPv4 address, or the /64 of an IPv6 one, which a single peer has whole.
//
// Lifetime  must outlive the shares it gives.
// Thread    any.

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "api/http/budget.h"
#include "core/base/guarded.h"

namespace millrace::http {

struct AddressShare {
    Budget connections;
    Budget memory;
};

class AddressShares {
public:
    struct Limits {
        std::uint64_t connections = 0;   // 0: as many as there are
        std::uint64_t memory_bytes = 0;  // 0: as much as there is
        // Whether the address, as client_ip() writes it, has no limits: that of a proxy is the
        // address of many.
        std::function<bool(const std::string& ip)> is_exempt = nullptr;
    };
    explicit AddressShares(Limits limits) : limits_(std::move(limits)) {}

    // The share of the address, kept as long as somebody has it; null where there are no limits.
    std::shared_ptr<AddressShare> of(const boost::asio::ip::address& address);

private:
    using Key = std::array<std::uint8_t, 9>;  // the family and the first bytes
    using Shares = std::map<Key, std::weak_ptr<AddressShare>>;

    static Key key_of(const boost::asio::ip::address& address);
    void forget(const Key& key);

    const Limits limits_;
    Guarded<Shares> shares_;
};

}  // namespace millrace::http
