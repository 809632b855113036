#pragma once
// Connection: one connection that speaks HTTP/1: bytes -> requests, one at a time, in order.
//
//   reading -> waiting -> writing -> reading ...      (waiting: for the door; writing: only when
//      |                     |                         the socket does not take the answer at once)
//      +---------------------+-> draining -> closed
//
// A client that begins to speak HTTP/2 is handed over to an Http2Connection.
//
// draining: the client did something that ends the connection while it may still be sending. What
// it sends is read and dropped for a while, because closing at once would reset the connection and
// could take the answer from the client before it has read it.
//
// Lifetime  owned by its EventLoop, which deletes it in forget(). At most one read and one write
//           are outstanding, and it is only forgotten when none is.
// Thread    its loop's.
// Errors    an exception ends the connection. Where a door has the request it is the door that may
//           still answer, so such a connection waits until the loop ends.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/answer.h"
#include "api/http/budget.h"
#include "api/http/byte_stream.h"
#include "api/http/door.h"
#include "api/http/hosted_connection.h"
#include "api/http/read_buffer.h"
#include "api/http/request_parser.h"
#include "core/base/time.h"

namespace millrace::http {

class Connection final : public HostedConnection, public ResponseWriter, private StreamUser {
public:
    // `share` is that of the peer's address; null: it has none.
    Connection(ConnectionHost& host, std::unique_ptr<ByteStream> stream, std::string peer_ip,
               std::shared_ptr<AddressShare> share = nullptr);

    void start() override;

    // Instead of start(): answers at once why it cannot be served, and closes.
    void turn_away(const Error& cause);

    void reply(const Answer& answer) override;
    void reply_ok(int status, std::string_view headers) override;
    void allow_scripts(std::string_view exposed_headers) override {
        exposed_headers_ = exposed_headers;
    }
    void resume_body() override;
    bool is_client_gone() override;
    std::optional<std::string_view> client_certificate() override {
        return stream_->client_certificate();
    }

    void expire(ConnectionHost::Deadline kind) override;

    // Reads on after an answer.
    void resume() override;

    void stop_when_idle() override;
    void abort() override;

private:
    enum class State { reading, waiting, writing, draining, closed };
    enum class Part { head, body, chunks, pieces };  // of the request being read

    void on_received(std::size_t bytes) override;
    void on_sent(bool whole) override;
    void on_established() override;
    template <typename Step>
    void guarded(Step step);
    template <typename Send>
    void answer_with(Send send_it);
    void read();
    void widen();
    void receive();
    void take_received(std::size_t bytes);
    void end_of_client();
    bool process();
    bool hold(std::size_t bytes);
    bool hold_exactly(std::size_t bytes);
    bool step();
    bool read_head();
    bool begin_body();
    bool read_chunks();
    bool read_pieces();
    void make_room_for_chunks();
    bool take_piece(std::string_view piece);
    void look_for_client();
    void skip_body();
    void watch_body();
    bool hand_over(std::string_view body);
    bool refuse(const Error& error);
    Answer refusal_without_exchange(const Error& error);
    void refuse_unasked(const Error& error);
    RequestView view() const;
    void pay_continue();
    void send_continue();
    void send(const Answer& answer);
    void send_answer(std::string_view bytes, int status, bool keep_alive);
    void send_later(std::string_view bytes);
    void finish_request();
    bool begin_http2();
    bool upgrade();
    void go_on_as(std::unique_ptr<HostedConnection> next);
    void drain();
    void close();
    void settle();
    Framing framing(bool close) const;

    ConnectionHost& host_;
    std::unique_ptr<ByteStream> stream_;  // null: another connection goes on with it
    const std::string peer_ip_;

    State state_ = State::reading;
    bool is_reading_ = false;     // a read is outstanding
    bool is_writing_ = false;     // a write is outstanding
    bool is_processing_ = false;  // process() is on the stack
    std::size_t drained_bytes_ = 0;

    std::optional<BudgetShare> memory_of_address_;  // the same as memory_, of the address
    BudgetShare memory_;  // what buffer_, chunk_body_ and an answer being written take
    ReadBuffer buffer_;
    Part part_ = Part::head;
    HeadScanner scanner_;
    std::optional<RequestParser> parser_;
    RequestHead head_;
    ExchangePtr exchange_;  // of the request being read or answered
    BodyMode body_mode_;
    std::size_t head_bytes_ = 0;
    std::string chunk_body_;                 // a chunked body, decoded, or a piece of it
    std::uint64_t body_left_ = 0;            // of a streamed body with Content-Length
    bool is_paused_ = false;                 // by the exchange, which is given no piece now
    bool owes_continue_ = false;             // once the body is not paused any more
    std::size_t room_bytes_ = 0;             // of the last receive
    bool is_filled_ = false;                 // the last receive has filled its room
    std::optional<SteadyTime> received_at_;  // the request that waits for its answer, whole
    std::size_t request_bytes_ = 0;          // of the buffer, when the request is whole
    bool is_head_timed_ = false;             // the time of its head is running
    std::string_view exposed_headers_;       // see allow_scripts(); empty: it was not called
    bool linger_ = false;                    // after the answer: drain before closing
    bool close_after_ = false;               // after the answer
    std::string out_;                        // the answer being made or written
};

}  // namespace millrace::http
