#pragma once
// A connection and its client in memory, with a door that does what a test says; the client speaks
// HTTP/2 by nghttp2, or by frames that a test makes itself.

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/http/connection.h"
#include "api/http/http2_connection.h"
#include "tests/fuzz/fuzz_stream.h"

namespace millrace::http {

// What a door has seen of a request.
struct Seen {
    std::string head;
    std::string body;
    std::vector<std::string> pieces;
    bool is_whole = false;
    bool is_released = false;
    ResponseWriter* writer = nullptr;  // null: it is released
    Piece target;
    Method method = Method::other;
};

class TestDoor final : public Door {
public:
    BodyMode mode{.kind = BodyMode::Kind::whole, .bytes_max = 1 << 20};
    Demand demand = Demand::more;
    bool answers = true;  // at once, with OK
    std::vector<std::unique_ptr<Seen>> seen;

    bool serves(const RequestView& /*request*/) const override { return true; }
    ExchangePtr begin(const RequestView& request, ResponseWriter& writer) override;
    Answer refusal(const Error& error) override {
        return text_answer(error.code() == Code::too_large ? 413 : 400, error.client_text());
    }
    void tick(SteadyTime /*now*/) override {}
    void abandon() override {}
    void failed(const std::exception& exception) noexcept override { failure = exception.what(); }

    std::string failure;
};

class TestHost final : public ConnectionHost {
public:
    // `begins_http1`: the connection begins as one of HTTP/1.1.
    explicit TestHost(TestDoor& door, Limits limits = {}) : limits_(limits), door_(door) {}

    void connect(fuzz::MemoryClient& client) {
        client_ = &client;
        connection_ = std::make_unique<Connection>(
            *this, std::make_unique<fuzz::MemoryStream>(client), "192.0.2.7");
        connection_->start();
    }
    // Until nothing is left to do.
    void run() {
        while (hears_first ? client_->step() || resume() : resume() || client_->step()) {
        }
    }
    // Time passes, and the connection is looked at.
    void pass(Milliseconds span) {
        now_ += span;
        if (const auto kind = std::exchange(watched, {})) connection_->expire(*kind);
        run();
    }
    void stop() {
        is_stopping_ = true;
        connection_->stop_when_idle();
        run();
    }
    bool is_connected() const { return connection_ != nullptr; }

    bool hears_first = false;  // what comes is heard before what is to be done later
    std::optional<Deadline> watched;
    Budget budget{64 << 20};

private:
    Door& door() override { return door_; }
    ConnectionCounters& counters() override { return counters_; }
    SteadyTime now() const override { return now_; }
    Budget& memory() override { return budget; }
    const Limits& limits() const override { return limits_; }
    const AnswerHeads& heads() const override { return heads_; }
    bool is_stopping() const override { return is_stopping_; }
    void watch(HostedConnection& connection, Deadline kind) override {
        if (&connection == connection_.get()) watched = kind;
    }
    void unwatch(HostedConnection& connection) override {
        if (&connection == connection_.get()) watched.reset();
    }
    void resume_later(HostedConnection& /*connection*/) override { to_resume_ = true; }
    void replace(HostedConnection& old, std::unique_ptr<HostedConnection> next) override {
        check(&old == connection_.get(), "replaced twice");
        replaced_ = std::exchange(connection_, std::move(next));
        connection_->start();
    }
    void forget(HostedConnection& connection) override {
        if (&connection == replaced_.get()) return replaced_.reset();
        watched.reset();
        to_resume_ = false;
        connection_.reset();
    }
    bool resume() {
        if (!std::exchange(to_resume_, false)) return false;
        connection_->resume();
        return true;
    }

    const Limits limits_;
    Door& door_;
    ConnectionCounters counters_;
    const AnswerHeads heads_{limits_.idle_time, WallTime{}};
    SteadyTime now_{std::chrono::hours(1)};
    bool is_stopping_ = false;
    fuzz::MemoryClient* client_ = nullptr;
    std::unique_ptr<HostedConnection> connection_;
    std::unique_ptr<HostedConnection> replaced_;
    bool to_resume_ = false;
};

// An answer as the client has it.
struct Http2Answer {
    std::vector<std::pair<std::string, std::string>> fields;
    std::vector<std::pair<std::string, std::string>> trailers;
    std::string body;
    bool is_whole = false;
    std::optional<std::uint32_t> reset;  // the code of RST_STREAM

    std::string field(std::string_view name) const;
    std::string status() const { return field(":status"); }
};

using Fields = std::vector<std::pair<std::string, std::string>>;

Fields post_to(std::string path);

class Http2TestClient {
public:
    explicit Http2TestClient(TestDoor& door, Limits limits = {});
    ~Http2TestClient();

    // Returns the stream; a body that is not `ended` goes on with send_body().
    std::int32_t request(const Fields& fields, std::optional<std::string> body = {},
                         bool ended = true);
    void send_body(std::int32_t stream, std::string_view more, bool ended);
    void send_raw(std::string_view bytes);  // behind what was sent; does not pass nghttp2
    void reset(std::int32_t stream);
    void run();  // until nothing moves

    fuzz::MemoryClient wire;
    TestHost host;
    std::map<std::int32_t, Http2Answer> answers;
    std::optional<std::uint32_t> goaway;  // its code
    nghttp2_session* session() { return session_; }

private:
    struct Callbacks;
    struct Body {
        std::string bytes;
        bool ended = false;
        bool is_deferred = false;
    };

    void flush();

    nghttp2_session* session_ = nullptr;
    std::map<std::int32_t, Body> bodies_;
    std::size_t read_ = 0;  // of what has come
};

// A frame as bytes.
std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                  std::string_view payload);

// The code of the last GOAWAY in what a service has sent, which may be more than a client reads.
std::optional<std::uint32_t> last_goaway(std::string_view sent);

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

}  // namespace millrace::http
