#pragma once
// Http2Stream: one request of an HTTP/2 connection, from its head to the last byte of its answer.
//
//     head -> body -> waiting      (waiting: for the door)
//        \______\________\______ answered
//
// What of a body is not taken by its exchange stays here, and the client's window for the stream
// closes; other streams go on. What comes after an answer is dropped, a while and so much: a client
// that is reset at once may not look at the answer.
//
// Lifetime  owned by its connection, until the stream is closed and its door has answered what it
//           has.
// Thread    the loop's.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/http/door.h"
#include "api/http/http2_head.h"
#include "api/http/http2_session.h"
#include "core/base/time.h"

namespace millrace::http {

class Http2Connection;

class Http2Stream final : public ResponseWriter, public AnswerStream {
public:
    Http2Stream(Http2Connection& connection, std::int32_t id);
    ~Http2Stream();
    Http2Stream(const Http2Stream&) = delete;
    Http2Stream& operator=(const Http2Stream&) = delete;

    // The request, as it comes. False: so much that the connection should end.
    bool add_field(std::string_view name, std::string_view value);
    void take_head(std::string_view text, const RequestHead& head);
    void head_is_whole(bool is_request_whole);
    // Returns how much of the window of the stream the client may have again.
    std::size_t take_body(std::string_view piece);
    void request_is_whole();

    // Goes on with a body that was paused.
    void pump();

    // The door has the request and will answer it; an exchange is not released before, as over
    // HTTP/1.1. If the client does not want the answer any more, nobody gets it.
    bool is_waiting() const { return phase_ == Phase::waiting && !is_answered_; }
    void let_go();

    // The answer, as its session asks for it.
    Http2Part next_part(std::span<std::uint8_t> room);
    std::string_view trailers() const { return trailers_; }

    // rest: the client goes on with a request that is answered.
    enum class Overdue { nothing, stream, rest, connection };
    Overdue check_time(SteadyTime now);

    // ResponseWriter
    void reply(const Answer& answer) override;
    void reply_ok(int status, std::string_view headers) override;
    AnswerStream* stream() override { return this; }
    void allow_scripts(std::string_view exposed_headers) override {
        exposed_headers_ = exposed_headers;
    }
    void resume_body() override;
    bool is_client_gone() override { return is_let_go_; }
    std::optional<std::string_view> client_certificate() override;

    // AnswerStream
    void begin(int status, std::string_view headers) override;
    void write(std::string_view part) override;
    std::size_t unsent() const override { return out_.size() - out_begin_; }
    void end(std::string_view trailers) override;

private:
    enum class Phase { head, body, waiting };

    RequestView view() const;
    Framing framing() const;
    void refuse(const Error& error);
    void refuse_head(const Error& error);
    void hand_over(std::string_view body);
    void give(std::string_view piece);
    void owe_continue();
    void drop(std::size_t bytes);
    void send(int status, std::string text);
    void end_let_go();
    void count(int status);
    bool hold();

    Http2Connection& connection_;
    const std::int32_t id_;
    Phase phase_ = Phase::head;
    Http2Head head_;
    std::size_t trailer_bytes_ = 0;
    ExchangePtr exchange_;
    BodyMode mode_;
    SteadyTime since_;  // the head began, or the body came on
    std::uint64_t body_bytes_ = 0;
    std::size_t dropped_bytes_ = 0;
    std::string body_;       // gathered, or what a paused exchange has not taken
    bool is_whole_ = false;  // nothing more comes
    bool is_paused_ = false;
    bool is_resumed_ = false;  // it goes on at the next pump()
    bool owes_continue_ = false;
    std::string_view exposed_headers_;
    std::optional<SteadyTime> received_at_;

    bool is_let_go_ = false;    // the client has reset it, or is gone
    bool has_begun_ = false;    // the head of the answer is on its way
    bool is_answered_ = false;  // the exchange is done; what still comes of the body is dropped
    std::string out_;           // of the answer's body, from out_begin_ on not given to the session
    std::size_t out_begin_ = 0;
    bool is_out_whole_ = false;
    bool waits_for_out_ = false;  // the session has found nothing
    std::string trailers_;
    SteadyTime sent_at_;
    std::size_t held_ = 0;
};

}  // namespace millrace::http
