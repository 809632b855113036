#include "api/http/address_shares.h"

#include <algorithm>

#include "api/http/client_ip.h"

namespace millrace::http {
namespace {

std::uint64_t or_all(std::uint64_t limit) {
    return limit == 0 ? UINT64_MAX : limit;
}

}  // namespace

AddressShares::Key AddressShares::key_of(const boost::asio::ip::address& address) {
    using boost::asio::ip::make_address_v4;
    Key key{};
    const auto fill = [&key](std::uint8_t family, const auto& bytes, std::ptrdiff_t count) {
        key[0] = family;
        std::copy_n(bytes.begin(), count, key.begin() + 1);
        return key;
    };
    if (address.is_v4()) return fill(4, address.to_v4().to_bytes(), 4);
    const auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) {
        return fill(4, make_address_v4(boost::asio::ip::v4_mapped, v6).to_bytes(), 4);
    }
    return fill(6, v6.to_bytes(), 8);
}

std::shared_ptr<AddressShare> AddressShares::of(const boost::asio::ip::address& address) {
    if (limits_.connections == 0 && limits_.memory_bytes == 0) return nullptr;
    if (limits_.is_exempt && limits_.is_exempt(client_ip(address.to_string()))) return nullptr;
    const auto key = key_of(address);
    return shares_.with([&](Shares& shares) {
        auto& known = shares[key];
        auto share = known.lock();
        if (share != nullptr) return share;
        share = {new AddressShare{.connections = Budget(or_all(limits_.connections)),
                                  .memory = Budget(or_all(limits_.memory_bytes))},
                 [this, key](AddressShare* gone) {
                     delete gone;
                     forget(key);
                 }};
        known = share;
        return share;
    });
}

// Unless the address has come back meanwhile.
void AddressShares::forget(const Key& key) {
    shares_.with([&](Shares& shares) {
        const auto found = shares.find(key);
        if (found != shares.end() && found->second.expired()) shares.erase(found);
    });
}

}  // namespace millrace::http
