#pragma once
// Door: what an event loop's connections lead to; Exchange: one request on its way through a door.
//
//     connection                     door
//     head is read     begin()    -> an Exchange, which says what it wants of the body
//     body is coming   receive_piece()  if that is to be streamed
//     body is read     receive()  -> the exchange takes the request
//     answer is sent   <- reply() of its ResponseWriter, at once or later
//
// The layer checks head and body, holds limits and deadlines, and keeps the order of answers. What
// a request means is the door's.
//
// Lifetime  a door outlives its loop. An exchange lives until the connection has its answer or is
//           gone; then it is released.
// Thread    the loop's.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>

#include "api/http/answer.h"
#include "api/http/request_parser.h"
#include "core/base/error.h"
#include "core/base/time.h"

namespace millrace::http {

// A request as it lies in its connection's buffer. The views hold during the call that is given it.
struct RequestView {
    const RequestHead& head;
    std::string_view head_bytes;  // request line and headers as they came; pieces point into it
    std::string_view peer_ip;

    std::string_view text(const Piece& piece) const { return piece.in(head_bytes.data()); }
};

// An answer that is sent in parts, possibly while the body is still coming. Parts that the client
// does not take wait; look at unsent() and merge what is not sent yet.
class AnswerStream {
public:
    // First, once. `headers` are lines "Name: value\r\n".
    virtual void begin(int status, std::string_view headers) = 0;

    virtual void write(std::string_view part) = 0;

    // Bytes of parts that wait for the client.
    virtual std::size_t unsent() const = 0;

    // Last, once; the exchange may be released before it returns. `trailers` are lines as the
    // headers; empty: none.
    virtual void end(std::string_view trailers) = 0;

protected:
    ~AnswerStream() = default;
};

// Where the answer of one request goes. One of the first two is called, once, or stream() is used.
class ResponseWriter {
public:
    // The exchange may be released before these return.
    virtual void reply(const Answer& answer) = 0;
    virtual void reply_ok(int status, std::string_view headers) = 0;  // see append_plain_ok()

    // For an answer in parts; null where the protocol has none (HTTP/1.1: a client that still sends
    // does not read). It stays as long as the writer.
    virtual AnswerStream* stream() { return nullptr; }

    // If a script of another site asks, it may read the answer, whichever it is, and of its headers
    // those named; the text stays.
    virtual void allow_scripts(std::string_view exposed_headers) = 0;

    // The exchange has paused the body, and wants more of it now. What it gets comes later.
    virtual void resume_body() = 0;

    // See ByteStream. Asked by who needs it, as few requests have any use for it.
    virtual std::optional<std::string_view> client_certificate() { return {}; }

    // Whether the client has gone, as far as that is known without reading: of an exchange whose
    // request is whole, and which works on the answer. True also where it has only ended its side,
    // which few clients do that still want an answer; so ask where work is dear and lost with it.
    virtual bool is_client_gone() { return false; }

protected:
    ~ResponseWriter() = default;
};

struct BodyMode {
    enum class Kind {
        none,      // is not looked at: dropped if it is there, else the connection ends behind it
        whole,     // is gathered, and refused beyond `bytes_max`
        streamed,  // is given away in pieces as it comes, and refused beyond `bytes_max`
    };
    Kind kind = Kind::none;
    std::uint64_t bytes_max = 0;  // without its chunks' framing

    // Of `streamed` only:
    bool is_held = false;      // paused from the start; who waits for 100 Continue is told then
    bool is_untimed = false;   // pieces may be far from each other: the exchange has its own time
    bool may_continue = true;  // a client that waits for 100 Continue understands it
    bool keeps_torn = false;   // what has come is read although its client has gone meanwhile
};

// What an exchange wants after a piece of its body.
enum class Demand {
    more,
    pause,  // nothing is read from the client until ResponseWriter::resume_body()
};

class Exchange {
public:
    virtual BodyMode body_mode() const = 0;

    // The next piece of a streamed body, not empty; gone when this returns, or has answered. To
    // answer before the body has ended ends the connection behind the answer.
    virtual Demand receive_piece(std::string_view piece) {
        static_cast<void>(piece);
        return Demand::more;
    }

    // The request is there. Its body is empty if it was not wanted, or has come in pieces. Not
    // called where the client goes away before; then the exchange is only released.
    virtual void receive(const RequestView& request, std::string_view body) = 0;

    // In the words of its door: one of refusals.h, which ends the exchange.
    virtual Answer refusal(const Error& error) = 0;

    // The connection does not use it, nor has it a writer, from now on.
    virtual void release() noexcept = 0;

protected:
    ~Exchange() = default;
};

struct ReleaseExchange {
    void operator()(Exchange* exchange) const noexcept { exchange->release(); }
};
using ExchangePtr = std::unique_ptr<Exchange, ReleaseExchange>;

class Door {
public:
    virtual ~Door() = default;

    // Whether the request is for this door, where there are several (see Doors).
    virtual bool serves(const RequestView& request) const = 0;

    // `writer` stays until the exchange is released.
    virtual ExchangePtr begin(const RequestView& request, ResponseWriter& writer) = 0;

    // In the words of the door: one of refusals.h, of what has no exchange.
    virtual Answer refusal(const Error& error) = 0;

    // The same of a request whose head is refused, by its first line, which may not be whole.
    // Nothing where it is none of this door.
    virtual std::optional<Answer> refuse_head(std::string_view request_line, const Error& error) {
        static_cast<void>(request_line);
        static_cast<void>(error);
        return std::nullopt;
    }

    // Called now and then.
    virtual void tick(SteadyTime now) = 0;

    // The loop ends before all requests were answered: no writer is used from now on.
    virtual void abandon() = 0;

    // Something on the loop threw. What it was about is lost, the loop goes on.
    virtual void failed(const std::exception& exception) noexcept = 0;
};

}  // namespace millrace::http
