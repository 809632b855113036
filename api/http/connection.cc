#include "api/http/connection.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "api/http/http2_connection.h"
#include "api/http/later_answer.h"
#include "api/http/refusals.h"

namespace millrace::http {
namespace {

using Deadline = ConnectionHost::Deadline;

// A client that has not read its answer after sending so much more does not want it.
constexpr std::size_t kDrainBytesMax = 32 << 20;
constexpr std::size_t kKeptBytes = 64 << 10;
constexpr std::size_t kKeptHeaders = 64;
constexpr std::string_view kHttp2Head = "PRI * HTTP/2.0\r\n\r\n";  // of the preface
constexpr char kTlsRecord = 22;  // the first byte of a TLS client: a record with a handshake

}  // namespace

Connection::Connection(ConnectionHost& host, std::unique_ptr<ByteStream> stream,
                       std::string peer_ip, std::shared_ptr<AddressShare> share)
    : HostedConnection(std::move(share)),
      host_(host),
      stream_(std::move(stream)),
      peer_ip_(std::move(peer_ip)),
      memory_(host.memory()) {
    if (this->share() != nullptr) memory_of_address_.emplace(this->share()->memory);
}

template <typename Step>
void Connection::guarded(Step step) {
    try {
        step();
    } catch (const std::exception& exception) {
        is_processing_ = false;
        host_.door().failed(exception);
        if (state_ != State::waiting) close();
    }
}

void Connection::start() {
    // A handshake has the time of a head.
    host_.watch(*this, stream_->is_being_made() ? Deadline::head : Deadline::idle);
    guarded([this] { read(); });
    settle();
}

void Connection::on_established() {
    if (state_ == State::reading) host_.watch(*this, Deadline::idle);
}

void Connection::turn_away(const Error& cause) {
    guarded([&] { refuse_unasked(cause); });
    settle();
}

// Takes the share of the memory of all connections that this one needs for its buffers and `bytes`
// more; the first bytes of each are free, so that small requests are served beside large ones.
bool Connection::hold(std::size_t bytes) {
    const auto chunks = chunk_body_.capacity() - std::string().capacity();
    const auto headers = head_.headers.capacity() <= kKeptHeaders
                             ? 0
                             : head_.headers.capacity() * sizeof(HeaderPieces);
    const auto needed = buffer_.capacity_with_room() + chunks + headers + bytes;
    return hold_exactly(needed - std::min(needed, ReadBuffer::kFirstBytes));
}

// After a failure one of the two may have more than before; the connection is closed then.
bool Connection::hold_exactly(std::size_t bytes) {
    if (memory_of_address_ && !memory_of_address_->resize(bytes)) return false;
    return memory_.resize(bytes);
}

void Connection::read() {
    if (part_ == Part::pieces) widen();
    if (hold(0)) return receive();
    refuse_unasked(memory_full());
}

// A streamed body comes in pieces as large as the buffer. It is made twice as large while more is
// there than it takes, and only of memory that no other connection misses. Chunks are decoded into
// as much: its room is held now, so that no later read is refused for it.
void Connection::widen() {
    const auto capacity = std::min(2 * buffer_.capacity(), ReadBuffer::kKeptBytes);
    if (!is_filled_ || capacity <= buffer_.capacity() || host_.memory().is_scarce()) return;
    const auto decoded = std::min(capacity, chunk_body_.capacity());
    const auto more = head_.is_chunked ? capacity - decoded : 0;
    if (!hold(capacity - buffer_.capacity() + more)) return;
    buffer_.widen(capacity);
    if (head_.is_chunked) make_room_for_chunks();
}

// As much as the buffer has, and not the double of it, as a string that grows may take.
void Connection::make_room_for_chunks() {
    if (!chunk_body_.empty() || chunk_body_.capacity() >= buffer_.capacity()) return;
    chunk_body_ = std::string();
    chunk_body_.reserve(buffer_.capacity());
}

void Connection::receive() {
    is_reading_ = true;
    const auto room = buffer_.room();
    room_bytes_ = room.size();
    stream_->receive(room, *this);
}

void Connection::on_received(std::size_t bytes) {
    is_reading_ = false;
    guarded([this, bytes] { take_received(bytes); });
    settle();
}

void Connection::take_received(std::size_t bytes) {
    if (bytes == 0) {
        end_of_client();
    } else if (state_ == State::draining) {
        drained_bytes_ += bytes;
        if (drained_bytes_ > kDrainBytesMax) {
            close();
        } else {
            receive();
        }
    } else if (state_ == State::reading) {
        buffer_.add(bytes);
        is_filled_ = bytes == room_bytes_;
        if (process()) read();
    }
}

// It sends nothing more. Who has sent a part of a body only may wait for the answer still.
void Connection::end_of_client() {
    const bool is_torn =
        state_ == State::reading && part_ == Part::pieces && !body_mode_.keeps_torn;
    if (!is_torn) return close();
    refuse_unasked(body_torn());
}

// Serves what is in the buffer; true if it is right to read on.
bool Connection::process() {
    is_processing_ = true;
    while (state_ == State::reading && step()) {
    }
    is_processing_ = false;
    return state_ == State::reading && !is_reading_ && !is_paused_;
}

void Connection::resume() {
    guarded([this] {
        pay_continue();
        if (part_ == Part::pieces && !process()) return;
        if (state_ == State::reading && !is_reading_) read();
    });
    settle();
}

// One step of the request being read; false when more bytes are needed.
bool Connection::step() {
    switch (part_) {
        case Part::head:
            return read_head();
        case Part::body:
            if (buffer_.size() < head_bytes_ + head_.content_length) return false;
            request_bytes_ = head_bytes_ + head_.content_length;
            return hand_over({buffer_.begin() + head_bytes_, head_.content_length});
        case Part::chunks:
            return read_chunks();
        case Part::pieces:
            return read_pieces();
    }
    return false;
}

bool Connection::read_head() {
    if (scanner_.is_new()) {  // an empty line before a request is skipped (RFC 9112 2.2)
        while (buffer_.view().starts_with("\r\n")) buffer_.consume(2);
    }
    if (buffer_.empty() || (scanner_.is_new() && buffer_.view() == "\r")) return false;

    const auto& limits = host_.limits();
    head_bytes_ = scanner_.find_end(buffer_.view());
    if (std::max(head_bytes_, head_bytes_ == 0 ? buffer_.size() : 0) > limits.header_bytes) {
        return refuse(header_too_large(limits.header_bytes));
    }
    if (head_bytes_ == 0) {
        if (*buffer_.begin() == kTlsRecord) return refuse(tls_to_plain_port());
        if (!is_head_timed_) host_.watch(*this, Deadline::head);
        is_head_timed_ = true;
        return false;
    }
    parser_.emplace();
    if (scanner_.has_folded_line()) return refuse(bad_request("folded header line"));
    auto parsed =
        parser_->parse_head(buffer_.view().substr(0, head_bytes_), limits.header_lines, head_);
    if (!parsed.ok()) {
        if (buffer_.view().starts_with(kHttp2Head)) return begin_http2();
        if (stream_->is_for_http2()) {  // to which an answer of HTTP/1.1 is noise
            close();
            return false;
        }
        return refuse(parsed.error());
    }
    if (head_.upgrade.length > 0 && upgrade()) return false;
    return begin_body();
}

// A client that knows that we speak it, or has agreed on it with us. It is not asked for the rest
// of its preface here.
bool Connection::begin_http2() {
    go_on_as(std::make_unique<Http2Connection>(
        host_, Http2Client{.stream = std::move(stream_), .peer_ip = peer_ip_, .share = share()},
        buffer_.view()));
    return false;
}

// To HTTP/2, from a request without a body. One with a body is answered as what it is, which an
// offer allows.
bool Connection::upgrade() {
    if (stream_->is_secure() || head_.is_chunked || head_.content_length > 0) return false;
    auto settings = settings_of_upgrade(view());
    if (!settings) return false;
    const std::string_view agreed =
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    if (stream_->send_now(agreed) != agreed.size()) {
        close();
        return true;
    }
    go_on_as(std::make_unique<Http2Connection>(
        host_, Http2Client{.stream = std::move(stream_), .peer_ip = peer_ip_, .share = share()},
        buffer_.view().substr(head_bytes_),
        Http2Upgrade{.settings = std::move(*settings), .request = view()}));
    return true;
}

void Connection::go_on_as(std::unique_ptr<HostedConnection> next) {
    state_ = State::closed;
    host_.replace(*this, std::move(next));
}

// The head is known: hands over what needs no body, or goes on to read it.
bool Connection::begin_body() {
    exchange_ = host_.door().begin(view(), *this);
    body_mode_ = exchange_->body_mode();
    if (body_mode_.kind == BodyMode::Kind::none) {
        skip_body();
        state_ = State::waiting;
        host_.unwatch(*this);
        exchange_->receive(view(), {});
        return state_ == State::reading;
    }
    if (head_.content_length > body_mode_.bytes_max) {
        return refuse(body_too_large(body_mode_.bytes_max));
    }
    if (body_mode_.kind == BodyMode::Kind::streamed) {
        part_ = Part::pieces;
        body_left_ = head_.content_length;
        linger_ = true;  // after an answer that comes before the end of the body
        is_paused_ = body_mode_.is_held;
    } else {
        part_ = head_.is_chunked ? Part::chunks : Part::body;
    }
    const bool whole = !head_.is_chunked && buffer_.size() >= head_bytes_ + head_.content_length;
    if (is_paused_) {
        owes_continue_ = head_.expects_continue && !whole;
        host_.watch(*this, Deadline::paused);
        return false;
    }
    if (whole) return true;
    watch_body();
    owes_continue_ = head_.expects_continue;
    pay_continue();
    return state_ == State::reading;
}

void Connection::watch_body() {
    if (part_ == Part::pieces && body_mode_.is_untimed) return host_.unwatch(*this);
    host_.watch(*this, Deadline::body);
}

RequestView Connection::view() const {
    return {
        .head = head_, .head_bytes = buffer_.view().substr(0, head_bytes_), .peer_ip = peer_ip_};
}

// Lets the connection go on after the answer if the request's body, which is not needed, is here.
void Connection::skip_body() {
    const bool whole = !head_.is_chunked && head_.content_length <= buffer_.size() - head_bytes_;
    if (whole) {
        request_bytes_ = head_bytes_ + head_.content_length;
    } else {
        linger_ = true;
    }
}

// Answers a mistake after which the next request cannot be found.
bool Connection::refuse(const Error& error) {
    linger_ = true;
    const auto answer =
        exchange_ == nullptr ? refusal_without_exchange(error) : exchange_->refusal(error);
    if (!is_later(answer)) {
        send(answer);
        return false;
    }
    state_ = State::waiting;
    host_.unwatch(*this);
    return false;
}

Answer Connection::refusal_without_exchange(const Error& error) {
    auto& door = host_.door();
    const auto begun = buffer_.view();
    auto answer = door.refuse_head(begun.substr(0, begun.find('\n')), error);
    return answer ? std::move(*answer) : door.refusal(error);
}

// The same outside of process(): there is nothing to go on with.
void Connection::refuse_unasked(const Error& error) {
    is_processing_ = true;
    refuse(error);
    is_processing_ = false;
}

bool Connection::read_chunks() {
    const auto& limits = host_.limits();
    auto decoded = parser_->decode_chunks(
        buffer_.view().substr(head_bytes_),
        {.body_bytes = body_mode_.bytes_max, .line_bytes = limits.header_bytes}, chunk_body_);
    if (!decoded.ok()) return refuse(decoded.error());
    buffer_.erase(head_bytes_, decoded.value());
    if (parser_->is_body_complete()) {
        request_bytes_ = head_bytes_;
        return hand_over(chunk_body_);
    }
    return false;
}

// Gives the exchange what has come of its body; false when more bytes are needed, or it wants none
// for now.
bool Connection::read_pieces() {
    if (is_paused_) return false;
    if (head_.is_chunked && !parser_->is_body_complete()) {
        const ChunkLimits limits{.body_bytes = body_mode_.bytes_max,
                                 .line_bytes = host_.limits().header_bytes};
        make_room_for_chunks();
        auto decoded =
            parser_->decode_chunks(buffer_.view().substr(head_bytes_), limits, chunk_body_);
        if (!decoded.ok()) return refuse(decoded.error());
        buffer_.erase(head_bytes_, decoded.value());
        if (!take_piece(chunk_body_)) return false;
        chunk_body_.clear();
    } else if (body_left_ > 0) {
        const auto here = std::min<std::uint64_t>(body_left_, buffer_.size() - head_bytes_);
        if (!take_piece(buffer_.view().substr(head_bytes_, here))) return false;
        buffer_.erase(head_bytes_, here);
        body_left_ -= here;
    }
    const bool is_whole = head_.is_chunked ? parser_->is_body_complete() : body_left_ == 0;
    if (!is_whole || is_paused_) return false;
    linger_ = false;
    request_bytes_ = head_bytes_;
    return hand_over({});
}

// Each piece has the time of a body. False: the request has been answered.
bool Connection::take_piece(std::string_view piece) {
    if (piece.empty()) return true;
    watch_body();
    const auto demand = exchange_->receive_piece(piece);
    if (state_ != State::reading) return false;
    is_paused_ = demand == Demand::pause;
    if (is_paused_) host_.watch(*this, Deadline::paused);
    return true;
}

// While nothing is read, the end of the client is not heard but looked for. One that has sent all
// of its body may have closed its side, and waits for the answer. Of a chunked body it is only
// known that something is missing.
void Connection::look_for_client() {
    const auto here = buffer_.size() - head_bytes_;
    const auto missing = head_.is_chunked ? (parser_->is_body_complete() ? 0 : 1)
                                          : body_left_ - std::min<std::uint64_t>(body_left_, here);
    if (stream_->is_gone(0)) return close();
    if (!body_mode_.keeps_torn && stream_->is_gone(missing)) return end_of_client();
    host_.watch(*this, Deadline::paused);
}

// What is behind the end of TLS is shorter than a request; a request may wait for its turn.
bool Connection::is_client_gone() {
    constexpr std::uint64_t kLeastRequest = 1;
    constexpr std::uint64_t kLeastRequestOfTls = 40;
    return state_ == State::waiting &&
           stream_->is_gone(stream_->is_secure() ? kLeastRequestOfTls : kLeastRequest);
}

void Connection::resume_body() {
    if (state_ != State::reading || !std::exchange(is_paused_, false)) return;
    watch_body();
    host_.resume_later(*this);
}

bool Connection::hand_over(std::string_view body) {
    state_ = State::waiting;
    received_at_ = host_.now();
    host_.unwatch(*this);
    exchange_->receive(view(), body);
    return state_ == State::reading;
}

// Only to who has sent nothing of the body yet: all others do not wait for it.
void Connection::pay_continue() {
    if (state_ != State::reading || !std::exchange(owes_continue_, false)) return;
    if (buffer_.size() == head_bytes_ && body_mode_.may_continue) send_continue();
}

void Connection::send_continue() {
    const std::string_view bytes = "HTTP/1.1 100 Continue\r\n\r\n";
    const auto sent = stream_->send_now(bytes);
    if (sent == bytes.size() || sent == 0) return;  // it may go on unasked
    close();
}

Framing Connection::framing(bool close) const {
    return {.is_http_11 = head_.is_http_11,
            .keep_alive = head_.keep_alive && !close && !linger_ && !host_.is_stopping(),
            .head_only = head_.method == Method::head,
            .origin = exposed_headers_.empty() ? "" : view().text(head_.origin),
            .exposed_headers = exposed_headers_};
}

void Connection::reply(const Answer& answer) {
    answer_with([&] { send(answer); });
}

void Connection::reply_ok(int status, std::string_view headers) {
    answer_with([&] {
        const auto how = framing(false);
        out_.clear();
        append_plain_ok(out_, status, headers, how, host_.heads());
        send_answer(out_, status, how.keep_alive);
    });
}

// An answer that cannot be made ends the connection.
template <typename Send>
void Connection::answer_with(Send send_it) {
    try {
        send_it();
    } catch (const std::exception& exception) {
        host_.door().failed(exception);
        close();
    }
    if (is_processing_) return;  // process() goes on, and its caller settles
    // Asio tries to receive at once. Right behind an answer that finds nothing; after the answers
    // to all others of the turn the next request is often there.
    guarded([this] {
        if (process()) host_.resume_later(*this);
    });
    settle();
}

void Connection::send(const Answer& answer) {
    const auto how = framing(answer.close);
    out_.clear();
    append_answer(out_, answer, how, host_.heads().lines(how.is_http_11, how.keep_alive));
    send_answer(out_, answer.status, how.keep_alive);
}

void Connection::send_answer(std::string_view bytes, int status, bool keep_alive) {
    auto& counters = host_.counters();
    counters.requests[static_cast<std::size_t>(status)].add();
    if (received_at_) counters.request_times.observe(host_.now() - *received_at_);
    received_at_.reset();
    close_after_ = !keep_alive;
    const auto sent = stream_->send_now(bytes);
    if (sent == bytes.size()) {
        finish_request();
    } else if (!sent) {
        close();
    } else {
        send_later(bytes.substr(*sent));
    }
}

void Connection::send_later(std::string_view bytes) {
    out_ = std::string(bytes);
    if (!hold(out_.capacity())) return close();  // a report that is not read is memory too
    state_ = State::writing;
    is_writing_ = true;
    host_.watch(*this, Deadline::answer);
    stream_->send(out_, *this);
}

void Connection::on_sent(bool whole) {
    is_writing_ = false;
    guarded([this, whole] {
        if (!whole) {
            close();
        } else if (state_ == State::writing) {
            out_ = {};
            finish_request();
            if (process()) read();
        }
    });
    settle();
}

void Connection::finish_request() {
    exchange_.reset();
    if (linger_) return drain();
    if (close_after_ || host_.is_stopping()) return close();
    buffer_.consume(request_bytes_);
    head_.clear();
    if (head_.headers.capacity() > kKeptHeaders) head_.headers = {};
    scanner_.reset();
    part_ = Part::head;
    if (chunk_body_.capacity() > kKeptBytes) chunk_body_ = {};
    chunk_body_.clear();
    if (buffer_.empty() && host_.memory().is_scarce()) {
        buffer_.release();
        chunk_body_ = {};
    }
    is_head_timed_ = false;
    exposed_headers_ = {};
    is_paused_ = false;
    owes_continue_ = false;
    state_ = State::reading;
    host_.watch(*this, Deadline::idle);
}

void Connection::drain() {
    stream_->finish_sending();
    state_ = State::draining;
    host_.watch(*this, Deadline::drain);
    if (is_reading_) return;  // into the buffer
    buffer_.release();
    chunk_body_ = {};
    hold_exactly(0);
    receive();
}

void Connection::expire(Deadline kind) {
    guarded([this, kind] {
        if (kind == Deadline::paused) return look_for_client();
        if (kind != Deadline::head && kind != Deadline::body) return close();
        refuse_unasked(request_timeout());  // the outstanding read goes on draining
        if (state_ == State::writing) close();
    });
    settle();
}

void Connection::stop_when_idle() {
    const bool idle = state_ == State::reading && part_ == Part::head && buffer_.empty();
    if (idle) close();
    settle();
}

void Connection::abort() {
    close();
    settle();
}

void Connection::close() {
    if (state_ == State::closed) return;
    state_ = State::closed;
    exchange_.reset();
    host_.unwatch(*this);
    if (stream_ != nullptr) stream_->close();  // it has gone with who should have gone on
}

// Last in every entry from outside: the connection may be deleted here.
void Connection::settle() {
    if (state_ == State::closed && !is_reading_ && !is_writing_) host_.forget(*this);
}

}  // namespace millrace::http
