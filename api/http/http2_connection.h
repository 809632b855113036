#pragma once
// Http2Connection: one connection that speaks HTTP/2: many requests at a time, each an Http2Stream.
//
// Flow control is the back-pressure: a stream's window opens as its exchange takes the body. That
// of the connection is always given back, so that no stream waits for another; what a paused one
// holds is memory of the connection, of its address and of the port, as with HTTP/1.1. Nothing is
// read while the client does not take what is sent.
//
// A client may do so much that is no request (pings, settings, resets, empty frames); more of it
// ends the connection with ENHANCE_YOUR_CALM. At a stop the client gets GOAWAY: what it sends later
// did not happen, what has begun is answered.
//
// Lifetime  owned by its host. At most one read and one write are outstanding, and it is only
//           forgotten when none is.
// Thread    its loop's.
// Errors    an exception ends the connection.
// See       RFC 9113, docs/security.md; http2_session.h (frames), http2_stream.h (one request)

#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/budget.h"
#include "api/http/byte_stream.h"
#include "api/http/flood_gauge.h"
#include "api/http/hosted_connection.h"
#include "api/http/http2_session.h"
#include "api/http/http2_stream.h"
#include "api/http/http2_upgrade.h"

namespace millrace::http {

struct Http2Client {
    std::unique_ptr<ByteStream> stream;
    std::string peer_ip;
    std::shared_ptr<AddressShare> share;
};

class Http2Connection final : public HostedConnection,
                              private StreamUser,
                              private Http2SessionUser {
public:
    // `received`: what the client has sent already; it is copied, as the request of `upgrade`.
    Http2Connection(ConnectionHost& host, Http2Client client, std::string_view received,
                    const std::optional<Http2Upgrade>& upgrade = std::nullopt);
    ~Http2Connection() override;

    void start() override;
    void expire(ConnectionHost::Deadline kind) override;
    void resume() override;
    void stop_when_idle() override;
    void abort() override;

    // For its streams.
    ConnectionHost& host() { return host_; }
    std::string_view peer_ip() const { return peer_ip_; }
    std::optional<std::string_view> client_certificate() { return stream_->client_certificate(); }
    bool hold(std::size_t before, std::size_t now);
    void send_head(std::int32_t id, int status, std::string_view lines, bool has_body);
    void send_continue(std::int32_t id);
    void resume_answer(std::int32_t id);
    void reset(std::int32_t id);
    void want_no_more(std::int32_t id);  // of a request that is answered
    void give_window(std::int32_t id, std::size_t bytes);
    void widen(std::int32_t id);
    void pump_later(std::int32_t id);
    void let_go_has_ended();

private:
    enum class State { open, draining, closed };
    struct Skipped {  // streams that the client has left out, and may not begin any more
        std::int32_t first;
        std::int32_t last;
    };

    void on_received(std::size_t bytes) override;
    void on_sent(bool whole) override;

    bool on_frame(Http2Frame type, std::int32_t id, std::size_t payload_bytes) override;
    bool on_invalid_frame() override;
    void on_request(std::int32_t id) override { add_stream(id); }
    bool on_field(std::int32_t id, std::string_view name, std::string_view value) override;
    void on_head(std::int32_t id, bool is_request_whole) override;
    std::size_t on_data(std::int32_t id, std::string_view piece) override;
    void on_end(std::int32_t id) override;
    void on_data_sent() override;
    void on_stream_closed(std::int32_t id) override;
    std::optional<Http2Part> next_part(std::int32_t id, std::span<std::uint8_t> room,
                                       std::string_view& trailers) override;
    Http2Error failure() const override { return error_; }
    void failed(const std::exception& exception) noexcept override;

    template <typename Step>
    void guarded(Step step);
    void begin_upgraded(const Http2Upgrade& upgrade);
    void take(std::string_view bytes);
    void read();
    void make_room();
    void flush();
    void flush_later();
    void send_out();
    void end_if_done();
    void let_go(std::unique_ptr<Http2Stream> stream);
    void let_go_all();
    void drain();
    void close();
    void settle();
    void watch_again();
    void check_streams();
    void leave();
    Http2Stream& add_stream(std::int32_t id);
    Http2Stream* find(std::int32_t id);

    ConnectionHost& host_;
    const std::unique_ptr<ByteStream> stream_;
    const std::string peer_ip_;
    std::optional<BudgetShare> memory_of_address_;
    BudgetShare memory_;
    std::size_t used_bytes_ = 0;

    std::string first_bytes_;
    std::map<std::int32_t, std::unique_ptr<Http2Stream>> streams_;
    std::vector<std::unique_ptr<Http2Stream>> let_go_;  // closed, and their doors will answer
    std::int32_t newest_stream_ = -1;
    std::vector<Skipped> skipped_;  // the last ones
    std::vector<std::int32_t> to_pump_;
    FloodGauge flood_;
    std::size_t continuations_ = 0;                     // of the head that comes
    Http2Error error_ = Http2Error::enhance_your_calm;  // that it ends with, if it is we who end it
    Http2Session session_;

    State state_ = State::open;
    bool is_reading_ = false;
    bool is_writing_ = false;
    bool is_in_step_ = false;  // a step is on the stack, which flushes
    bool is_resume_asked_ = false;
    bool has_spoken_ = false;  // the client's first frame has come
    bool was_used_ = false;    // since it was watched last
    bool is_broken_ = false;   // what the client sends is not read any more
    ConnectionHost::Deadline watched_ = ConnectionHost::Deadline::head;
    bool is_leaving_ = false;  // GOAWAY is on its way
    std::unique_ptr<char[]> room_;
    std::size_t room_bytes_ = 0;
    bool is_filled_ = false;  // the last receive has filled its room
    std::size_t drained_bytes_ = 0;
    std::string out_;
    SteadyTime writing_since_;
};

}  // namespace millrace::http
