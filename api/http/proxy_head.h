#pragma once
// ProxyHead: the head of the PROXY protocol, v1 and v2, with which a proxy begins a connection: on
// whose behalf it has connected. It comes before anything else, a handshake of TLS included.
//
//     v1  "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n", TCP6 with IPv6 addresses; UNKNOWN
//     v2  12 bytes of signature, version and command, family, length; addresses; then TLVs, which
//         are passed over
//
// A head that says nothing of a client (LOCAL, UNKNOWN, sockets of other families) means the peer
// itself: so proxies ask for the health of a service.
//
// See  https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

class ProxyHead {
public:
    enum class State {
        open,    // more of it is to come
        whole,   // client() is known
        absent,  // what comes is no such head
        broken,  // it begins as one, and is none
    };

    // Takes those of `bytes` that are the head's, and returns how many that are. Not more than the
    // first where it turns out to be absent or broken: nothing is done with the rest.
    std::size_t take(std::string_view bytes);

    State state() const { return state_; }
    bool is_begun() const { return size_ > 0; }
    char first_byte() const { return kept_.empty() ? '\0' : kept_.front(); }

    // Of a whole head; nothing: the peer itself.
    const std::optional<boost::asio::ip::address>& client() const { return client_; }

    // Of a broken one: what is wrong with it.
    std::string_view cause() const { return cause_; }

private:
    void add(char c);
    void look_at_line();
    void look_at_binary();
    void read_line(std::string_view line);
    void read_binary();
    void fail(std::string_view cause);

    State state_ = State::open;
    std::string kept_;            // all of v1; of v2 what is read of it
    std::size_t size_ = 0;        // of what came
    std::size_t whole_size_ = 0;  // of v2, once it is known
    std::optional<boost::asio::ip::address> client_;
    std::string_view cause_;
};

}  // namespace millrace::http
