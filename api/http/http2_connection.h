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
// See       RFC 9113, RFC 7540 3.2 (Upgrade), docs/security.md

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/budget.h"
#include "api/http/byte_stream.h"
#include "api/http/flood_gauge.h"
#include "api/http/hosted_connection.h"
#include "api/http/http2_fields.h"
#include "api/http/http2_stream.h"

struct nghttp2_session;

namespace millrace::http {

struct Http2Client {
    std::unique_ptr<ByteStream> stream;
    std::string peer_ip;
    std::shared_ptr<AddressShare> share;
};

// The request with which an HTTP/1.1 client has changed to HTTP/2; its answer is that of stream 1.
struct Http2Upgrade {
    std::string settings;  // payload of a SETTINGS frame
    RequestView request;
};

// The settings of a request that offers to go on with HTTP/2; nothing where it is no such offer.
std::optional<std::string> settings_of_upgrade(const RequestView& request);

class Http2Connection final : public HostedConnection, private StreamUser {
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
    struct Callbacks;  // of nghttp2
    struct Skipped {   // streams that the client has left out, and may not begin any more
        std::int32_t first;
        std::int32_t last;
    };

    void on_received(std::size_t bytes) override;
    void on_sent(bool whole) override;
    template <typename Step>
    void guarded(Step step);
    void begin_upgraded(const Http2Upgrade& upgrade);
    void greet();
    void take(std::string_view bytes);
    bool take_frame(int type, std::int32_t id, std::size_t length);
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

    nghttp2_session* session_ = nullptr;
    std::string first_bytes_;
    std::map<std::int32_t, std::unique_ptr<Http2Stream>> streams_;
    std::vector<std::unique_ptr<Http2Stream>> let_go_;  // closed, and their doors will answer
    std::int32_t newest_stream_ = -1;
    std::vector<Skipped> skipped_;  // the last ones
    std::vector<std::int32_t> to_pump_;
    Http2Fields fields_;
    FloodGauge flood_;
    std::uint32_t error_;  // that the connection ends with, if it is we who end it

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
