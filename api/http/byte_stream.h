#pragma once
// ByteStream: the bytes between a connection and its client.
//
// What it is told to do later it does from its loop, never within the call. The user must live
// until it has heard of all that.
//
// Lifetime  owned by its connection.
// Thread    its loop's.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace millrace::http {

class StreamUser {
public:
    virtual ~StreamUser() = default;
    virtual void on_received(std::size_t bytes) = 0;  // 0: nothing more will come
    virtual void on_sent(bool whole) = 0;             // false: the client is gone
    virtual void on_established() {}                  // is_being_made() is over; within a receive
};

class ByteStream {
public:
    virtual ~ByteStream() = default;

    // Until both sides have agreed on how to speak; nothing is sent before.
    virtual bool is_being_made() const { return false; }

    virtual bool is_secure() const { return false; }  // nobody in between can read it

    virtual bool is_for_http2() const { return false; }  // both sides have agreed on that

    // The subject of the certificate that the client has shown and that is trusted, as RFC 2253
    // writes it: "CN=device-7,O=Example". It stays as long as the stream; nothing: there is none.
    virtual std::optional<std::string_view> client_certificate() { return {}; }

    // Receives at least a byte into `room`, which must stay until on_received(). One at a time.
    virtual void receive(std::span<char> room, StreamUser& user) = 0;

    // Sends what is taken at once, and says how much; nothing if the client is gone.
    virtual std::optional<std::size_t> send_now(std::string_view bytes) = 0;

    // Sends all of `bytes`, which must stay until on_sent(). One at a time.
    virtual void send(std::string_view bytes, StreamUser& user) = 0;

    // Whether the client has gone, or has ended its side before `bytes` more that are not received
    // yet. It looks and does not wait; while a receive is outstanding, that one says so.
    virtual bool is_gone(std::uint64_t bytes) = 0;

    // The client sees the end; it may still send.
    virtual void finish_sending() = 0;

    // Nothing is received or sent any more; what is outstanding ends soon.
    virtual void close() = 0;
};

}  // namespace millrace::http
