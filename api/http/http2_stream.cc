#include "api/http/http2_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "api/http/http2_connection.h"
#include "api/http/later_answer.h"
#include "api/http/refusals.h"

namespace millrace::http {
namespace {

constexpr std::size_t kTrailersMax = 16;       // times the limit of a head
constexpr std::size_t kDroppedMax = 32 << 20;  // as with HTTP/1.1
constexpr Milliseconds kDropTime{5'000};
constexpr std::string_view kLineEnd = "\r\n";

}  // namespace

Http2Stream::Http2Stream(Http2Connection& connection, std::int32_t id)
    : connection_(connection),
      id_(id),
      head_(connection.host().limits()),
      since_(connection.host().now()) {}

Http2Stream::~Http2Stream() {
    exchange_.reset();
    connection_.hold(held_, 0);
}

bool Http2Stream::add_field(std::string_view name, std::string_view value) {
    if (phase_ == Phase::head) return head_.add(name, value);
    trailer_bytes_ += name.size() + value.size() + 1;  // which nobody asks for
    return trailer_bytes_ <= kTrailersMax * connection_.host().limits().header_bytes;
}

void Http2Stream::take_head(std::string_view text, const RequestHead& head) {
    head_.take(text, head);
}

RequestView Http2Stream::view() const {
    return {.head = head_.head(), .head_bytes = head_.text(), .peer_ip = connection_.peer_ip()};
}

// What the stream has, of the memory of its connection. False: there is no room for more.
bool Http2Stream::hold() {
    const auto empty = std::string().capacity();
    const auto needed = head_.held_bytes() + body_.capacity() + out_.capacity() - 2 * empty;
    return connection_.hold(std::exchange(held_, needed), needed);
}

void Http2Stream::head_is_whole(bool is_request_whole) {
    phase_ = Phase::body;
    is_whole_ = is_request_whole;
    if (auto finished = head_.finish(!is_request_whole); !finished.ok()) {
        return refuse_head(finished.error());
    }
    if (!hold()) return refuse_head(memory_full());
    exchange_ = connection_.host().door().begin(view(), *this);
    mode_ = exchange_->body_mode();
    if (mode_.kind == BodyMode::Kind::none) return hand_over({});
    if (head_.head().content_length > mode_.bytes_max) {
        return refuse(body_too_large(mode_.bytes_max));
    }
    is_paused_ = mode_.kind == BodyMode::Kind::streamed && mode_.is_held;
    owes_continue_ = head_.head().expects_continue && !is_whole_;
    if (is_paused_) return;
    if (is_whole_) return hand_over({});
    if (mode_.kind == BodyMode::Kind::streamed) connection_.widen(id_);
    since_ = connection_.host().now();
    owe_continue();
}

// Only to who has sent nothing of the body yet: all others do not wait for it.
void Http2Stream::owe_continue() {
    if (!std::exchange(owes_continue_, false)) return;
    if (body_bytes_ == 0 && !is_whole_ && mode_.may_continue) connection_.send_continue(id_);
}

std::size_t Http2Stream::take_body(std::string_view piece) {
    if (is_answered_ || phase_ != Phase::body) {
        drop(piece.size());
        return piece.size();
    }
    body_bytes_ += piece.size();
    if (body_bytes_ > mode_.bytes_max) {
        refuse(body_too_large(mode_.bytes_max));
        return piece.size();
    }
    if (mode_.kind == BodyMode::Kind::streamed && !is_paused_) {
        give(piece);
        return piece.size();
    }
    body_ += piece;
    if (!hold()) {
        refuse(memory_full());
        return piece.size();
    }
    return mode_.kind == BodyMode::Kind::whole ? piece.size() : 0;
}

void Http2Stream::drop(std::size_t bytes) {
    const auto before = std::exchange(dropped_bytes_, dropped_bytes_ + bytes);
    if (is_answered_ && before <= kDroppedMax && dropped_bytes_ > kDroppedMax) {
        connection_.want_no_more(id_);
    }
}

// Each piece has the time of a body.
void Http2Stream::give(std::string_view piece) {
    since_ = connection_.host().now();
    const auto demand = exchange_->receive_piece(piece);
    if (!is_answered_) is_paused_ = demand == Demand::pause;
}

void Http2Stream::request_is_whole() {
    is_whole_ = true;
    if (is_answered_ || phase_ != Phase::body || is_paused_) return;
    if (mode_.kind == BodyMode::Kind::streamed) return hand_over({});
    const auto body = std::exchange(body_, {});
    hand_over(body);
    if (!is_answered_) hold();
}

std::optional<std::string_view> Http2Stream::client_certificate() {
    return connection_.client_certificate();
}

void Http2Stream::resume_body() {
    if (is_answered_ || phase_ != Phase::body || !is_paused_) return;
    // Paused until then: what comes meanwhile comes behind what waits here.
    if (!std::exchange(is_resumed_, true)) connection_.pump_later(id_);
}

void Http2Stream::pump() {
    if (is_answered_ || phase_ != Phase::body || !std::exchange(is_resumed_, false)) return;
    is_paused_ = false;
    since_ = connection_.host().now();
    owe_continue();
    if (!body_.empty()) {
        const auto piece = std::exchange(body_, {});
        hold();
        connection_.give_window(id_, piece.size());
        give(piece);
    }
    if (!is_whole_) connection_.widen(id_);
    if (is_whole_ && !is_answered_ && !is_paused_) hand_over({});
}

void Http2Stream::hand_over(std::string_view body) {
    phase_ = Phase::waiting;
    received_at_ = connection_.host().now();
    exchange_->receive(view(), body);
}

void Http2Stream::refuse(const Error& error) {
    const auto answer = exchange_->refusal(error);
    if (is_later(answer)) {
        phase_ = Phase::waiting;
        body_ = {};
        hold();
        return;
    }
    if (has_begun_) {  // the client sees that the answer is not whole
        is_answered_ = true;
        return connection_.reset(id_);
    }
    reply(answer);
}

void Http2Stream::refuse_head(const Error& error) {
    auto& door = connection_.host().door();
    const auto text = head_.text();
    auto answer = door.refuse_head(text.substr(0, text.find('\n')), error);
    reply(answer ? *answer : door.refusal(error));
}

Framing Http2Stream::framing() const {
    return {.is_http_11 = true,
            .keep_alive = true,
            .head_only = head_.head().method == Method::head,
            .origin = exposed_headers_.empty() ? "" : view().text(head_.head().origin),
            .exposed_headers = exposed_headers_};
}

void Http2Stream::reply(const Answer& answer) {
    std::string text;
    append_answer(text, answer, framing(), connection_.host().heads().lines(true, true));
    send(answer.status, std::move(text));
}

void Http2Stream::reply_ok(int status, std::string_view headers) {
    std::string text;
    append_plain_ok(text, status, headers, framing(), connection_.host().heads());
    send(status, std::move(text));
}

void Http2Stream::let_go() {
    is_let_go_ = true;
    body_ = {};
    out_ = {};
    out_begin_ = 0;
    hold();
}

void Http2Stream::end_let_go() {
    is_answered_ = true;
    exchange_.reset();
    connection_.let_go_has_ended();
}

// `text`: the answer as HTTP/1.1 has it.
void Http2Stream::send(int status, std::string text) {
    if (is_let_go_) return end_let_go();
    if (std::exchange(has_begun_, true)) return;
    is_answered_ = true;
    count(status);
    const auto head_begin = text.find(kLineEnd) + kLineEnd.size();
    const auto head_end = text.find("\r\n\r\n") + kLineEnd.size();
    const auto lines = std::string_view(text).substr(head_begin, head_end - head_begin);
    out_begin_ = head_end + kLineEnd.size();
    is_out_whole_ = true;
    body_ = {};
    connection_.send_head(id_, status, lines, out_begin_ < text.size());
    out_ = std::move(text);
    hold();  // it is there already
    exchange_.reset();
}

void Http2Stream::count(int status) {
    auto& host = connection_.host();
    host.counters().requests[static_cast<std::size_t>(status)].add();
    sent_at_ = host.now();
    if (received_at_) host.counters().request_times.observe(sent_at_ - *received_at_);
    received_at_.reset();
}

void Http2Stream::begin(int status, std::string_view headers) {
    if (std::exchange(has_begun_, true) || is_let_go_) return;
    count(status);
    const auto how = framing();
    std::string lines(connection_.host().heads().lines(true, true));
    lines += headers;
    append_origin(lines, how);
    connection_.send_head(id_, status, lines, true);
}

void Http2Stream::write(std::string_view part) {
    if (is_out_whole_ || is_let_go_ || part.empty()) return;
    if (head_.head().method == Method::head) return;
    if (unsent() == 0) sent_at_ = connection_.host().now();
    if (out_begin_ > 0 && out_begin_ == out_.size()) {
        out_.clear();
        out_begin_ = 0;
    }
    out_ += part;
    if (!hold()) return connection_.reset(id_);
    if (std::exchange(waits_for_out_, false)) connection_.resume_answer(id_);
}

void Http2Stream::end(std::string_view trailers) {
    if (is_let_go_) return end_let_go();
    if (std::exchange(is_out_whole_, true)) return;
    trailers_ = trailers;
    is_answered_ = true;
    if (std::exchange(waits_for_out_, false)) connection_.resume_answer(id_);
    exchange_.reset();
}

Http2Part Http2Stream::next_part(std::span<std::uint8_t> room) {
    const auto bytes = std::min(room.size(), unsent());
    std::memcpy(room.data(), out_.data() + out_begin_, bytes);
    out_begin_ += bytes;
    const bool is_all = unsent() == 0;
    if (bytes > 0) sent_at_ = connection_.host().now();
    if (is_all && out_begin_ > 0) {
        out_ = {};
        out_begin_ = 0;
        hold();
    }
    waits_for_out_ = bytes == 0 && !is_out_whole_;
    return {.bytes = bytes, .is_last = is_all && is_out_whole_, .waits = waits_for_out_};
}

Http2Stream::Overdue Http2Stream::check_time(SteadyTime now) {
    const auto& limits = connection_.host().limits();
    if (phase_ == Phase::head) {
        return now - since_ >= limits.header_time ? Overdue::connection : Overdue::nothing;
    }
    if (unsent() > 0 && now - sent_at_ >= limits.answer_time) return Overdue::stream;
    if (is_answered_) {
        return !is_whole_ && now - sent_at_ >= kDropTime ? Overdue::rest : Overdue::nothing;
    }
    const bool is_timed = phase_ == Phase::body && !is_paused_ &&
                          !(mode_.kind == BodyMode::Kind::streamed && mode_.is_untimed);
    if (is_timed && now - since_ >= limits.request_time) refuse(request_timeout());
    return Overdue::nothing;
}

}  // namespace millrace::http
