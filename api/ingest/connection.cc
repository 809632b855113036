#include "api/ingest/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/ingest/forwarded.h"
#include "core/base/byte_size.h"

namespace millrace::ingest {
namespace {

using Deadline = ConnectionHost::Deadline;

// A client that has not read its answer after sending so much more does not want it.
constexpr std::size_t kDrainBytesMax = 32 << 20;
constexpr std::size_t kKeptBytes = 64 << 10;

Error header_too_large(const config::Limits& limits) {
    return Error(Code::too_large, fmt::format("Request header size is over the maximum \"{}\".",
                                              format_byte_size(limits.header_bytes)))
        .named("stream.in.headerTooLarge");
}

Error body_too_large(const config::Limits& limits) {
    return Error(Code::too_large, fmt::format("Request body size is over the maximum \"{}\".",
                                              format_byte_size(limits.body_bytes)))
        .named("stream.in.bodyTooLarge");
}

Error memory_is_full() {
    return Error(Code::overloaded, "Too much is being received, please retry later.")
        .named("stream.in.memoryFull");
}

Error too_many_connections() {
    return Error(Code::overloaded, "Too many connections, please retry later.")
        .named("stream.in.tooManyConnections");
}

Error shutdown() {
    return Error(Code::unavailable, "The service is about to end.").named("stream.in.shutdown");
}

Error route_not_found() {
    return Error(Code::not_found,
                 "Not found, please send data using POST "
                 "/stream/<projectID>/<sourceID>/<secret>")
        .named("stream.in.routeNotFound");
}

}  // namespace

Connection::Connection(ConnectionHost& host, std::unique_ptr<http::ByteStream> stream,
                       std::string peer_ip)
    : host_(host),
      stream_(std::move(stream)),
      peer_ip_(std::move(peer_ip)),
      is_proxied_(is_trusted(host.proxies(), peer_ip_)),
      memory_(host.memory()) {}

void Connection::start() {
    host_.watch(*this, Deadline::idle);
    read();
}

void Connection::turn_away() {
    is_processing_ = true;  // there is nothing to go on with
    refuse(too_many_connections());
    is_processing_ = false;
    settle();
}

// Takes the share of the memory of all connections that this one needs for its buffers and `bytes`
// more; the first bytes of each are free, so that small requests are served beside large ones.
bool Connection::hold(std::size_t bytes) {
    const auto chunks = chunk_body_.capacity() - std::string().capacity();
    const auto needed = buffer_.capacity_with_room() + chunks + bytes;
    return memory_.resize(needed - std::min(needed, http::ReadBuffer::kFirstBytes));
}

void Connection::read() {
    if (hold(0)) return receive();
    is_processing_ = true;
    refuse(memory_is_full());
    is_processing_ = false;
}

void Connection::receive() {
    is_reading_ = true;
    stream_->receive(buffer_.room(), *this);
}

void Connection::on_received(std::size_t bytes) {
    is_reading_ = false;
    if (bytes == 0) {
        close();
    } else if (state_ == State::draining) {
        drained_bytes_ += bytes;
        if (drained_bytes_ > kDrainBytesMax) {
            close();
        } else {
            receive();
        }
    } else if (state_ == State::reading) {
        buffer_.add(bytes);
        if (process()) read();
    }
    settle();
}

// Serves what is in the buffer; true if it is right to read on.
bool Connection::process() {
    is_processing_ = true;
    while (state_ == State::reading && step()) {
    }
    is_processing_ = false;
    return state_ == State::reading && !is_reading_;
}

void Connection::resume() {
    if (state_ == State::reading && !is_reading_) read();
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
            return deliver({buffer_.begin() + head_bytes_, head_.content_length});
        case Part::chunks:
            return read_chunks();
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
        return refuse(header_too_large(limits));
    }
    if (head_bytes_ == 0) {
        if (!is_head_timed_) host_.watch(*this, Deadline::head);
        is_head_timed_ = true;
        return false;
    }
    parser_.emplace();
    if (scanner_.has_folded_line()) {
        return refuse(Error(Code::invalid, "Invalid HTTP request: folded header line.")
                          .named("stream.in.badRequest"));
    }
    auto parsed = parser_->parse_head(buffer_.view().substr(0, head_bytes_), head_);
    if (!parsed.ok()) return refuse(parsed.error());
    return begin_body();
}

// The head is known: answers what needs no body, or goes on to read it.
bool Connection::begin_body() {
    const auto target = this->target();
    if (const auto answer = early_answer(target)) {
        skip_body();
        reply(*answer);
        return state_ == State::reading;
    }
    if (target.endpoint == Endpoint::ready) return probe();

    const auto& limits = host_.limits();
    if (head_.content_length > limits.body_bytes) return refuse(body_too_large(limits));
    part_ = head_.is_chunked ? Part::chunks : Part::body;
    const bool whole = !head_.is_chunked && buffer_.size() >= head_bytes_ + head_.content_length;
    if (whole) return true;
    host_.watch(*this, Deadline::body);
    const bool nothing_yet = buffer_.size() == head_bytes_;
    if (head_.expects_continue && nothing_yet) send_continue();
    return state_ == State::reading;
}

// What the request line asks for; a secret that is not in the path is that of the Authorization.
Target Connection::target() const {
    auto target = parse_target(head_.target.in(buffer_.begin()));
    if (target.endpoint == Endpoint::stream && target.secret.empty()) {
        target.secret = bearer_token(head_.authorization.in(buffer_.begin()));
    }
    if (target.ack.empty()) target.ack = head_.ack.in(buffer_.begin());
    return target;
}

// Whether the header is the Authorization that has opened the source.
bool Connection::is_own_secret(const http::HeaderPieces& header) const {
    return head_.authorization.length > 0 && header.value.offset == head_.authorization.offset &&
           parse_target(head_.target.in(buffer_.begin())).secret.empty();
}

std::optional<Answer> Connection::early_answer(const Target& target) {
    switch (target.endpoint) {
        case Endpoint::health:
            if (head_.method != http::Method::get) return method_not_allowed(kAllowHealth);
            return text_answer(200, "OK\n");
        case Endpoint::ready:
            if (head_.method != http::Method::get) return method_not_allowed(kAllowHealth);
            if (host_.is_leaving()) return error_answer(shutdown());
            return {};
        case Endpoint::unknown:
            return error_answer(route_not_found());
        case Endpoint::stream:
            break;
    }
    if (head_.method == http::Method::options) return cors_preflight();
    if (head_.method != http::Method::post) return method_not_allowed(kAllowStream);
    if (target.secret.empty()) return error_answer(route_not_found());
    if (auto refusal = admit(target)) return refusal;
    if (!content_coding()) return unsupported_content_encoding();
    return {};
}

// Why the request may not send records, if so.
std::optional<Answer> Connection::admit(const Target& target) {
    auto outcome = host_.intake().admit(target);
    if (auto* const refusal = std::get_if<Answer>(&outcome)) return std::move(*refusal);
    admission_ = std::get<Admission>(outcome);
    return {};
}

// Lets the connection go on after the answer if the request's body, which nobody needs, is here.
void Connection::skip_body() {
    const bool whole = !head_.is_chunked && head_.content_length <= host_.limits().body_bytes &&
                       buffer_.size() >= head_bytes_ + head_.content_length;
    if (whole) {
        request_bytes_ = head_bytes_ + head_.content_length;
    } else {
        linger_ = true;
    }
}

bool Connection::probe() {
    skip_body();
    state_ = State::waiting;
    host_.unwatch(*this);
    host_.intake().probe(*this);
    return state_ == State::reading;
}

// Answers a mistake after which the next request cannot be found.
bool Connection::refuse(const Error& error) {
    linger_ = true;
    reply(error_answer(error));
    return false;
}

bool Connection::read_chunks() {
    const auto& limits = host_.limits();
    auto decoded = parser_->decode_chunks(
        buffer_.view().substr(head_bytes_),
        {.body_bytes = limits.body_bytes, .line_bytes = limits.header_bytes}, chunk_body_);
    if (!decoded.ok()) {
        const auto& error = decoded.error();
        if (error.code() != Code::too_large) return refuse(error);
        const bool is_body = error.name() == "stream.in.bodyTooLarge";
        return refuse(is_body ? body_too_large(limits) : header_too_large(limits));
    }
    buffer_.erase(head_bytes_, decoded.value());
    if (parser_->is_body_complete()) {
        request_bytes_ = head_bytes_;
        return deliver(chunk_body_);
    }
    return false;
}

// How the body is coded; nothing if it is so in a way that is not understood.
std::optional<http::ContentCoding> Connection::content_coding() const {
    if (head_.has_many_content_encodings) return {};
    return http::parse_content_coding(head_.content_encoding.in(buffer_.begin()));
}

bool Connection::deliver(std::string_view body) {
    state_ = State::waiting;
    received_at_ = host_.now();
    host_.unwatch(*this);
    const auto coding = content_coding();  // known, or the head would have been refused
    if (coding && *coding != http::ContentCoding::identity) return deliver_decoded(body, *coding);
    hand_over(body);
    return state_ == State::reading;
}

bool Connection::deliver_decoded(std::string_view coded, http::ContentCoding coding) {
    auto& decoder = host_.body_decoder();
    const auto decoded = decoder.decode(coded, coding, host_.limits().decoded_bytes);
    if (decoded.ok()) {
        hand_over(decoded.value());
    } else {
        reply(error_answer(decoded.error()));
    }
    decoder.release();
    return state_ == State::reading;
}

void Connection::hand_over(std::string_view body) {
    if (!host_.intake().is_current(admission_)) {  // a source has changed since the head came
        if (const auto refusal = admit(target())) return reply(*refusal);
    }
    const auto* const request = buffer_.begin();
    auto& headers = host_.header_scratch();
    headers.clear();
    for (const auto& header : head_.headers) {
        if (is_own_secret(header)) continue;  // for no column, whatever the source shows of others
        headers.push_back({.name = header.name.in(request), .value = header.value.in(request)});
    }
    if (is_proxied_) forwarded_ip_ = forwarded_ip(host_.proxies(), peer_ip_, headers);
    const Record record{.arrived_at = {},
                        .client_ip = is_proxied_ ? forwarded_ip_ : peer_ip_,
                        .headers = headers,
                        .content_type = head_.content_type.in(request),
                        .body = body};
    host_.intake().take(admission_, record, *this);
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
            .head_only = head_.method == http::Method::head,
            .cross_origin = head_.has_origin};
}

void Connection::reply(const Answer& answer) {
    const auto how = framing(answer.close);
    out_.clear();
    append_answer(out_, answer, how);
    send_answer(out_, answer.status, how.keep_alive);
}

void Connection::reply_ok(int status, std::string_view headers) {
    const auto how = framing(false);
    out_.clear();
    append_plain_ok(out_, status, headers, how);
    send_answer(out_, status, how.keep_alive);
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
    if (is_processing_) return;  // process() goes on, and whoever called it settles
    // Asio tries to receive at once. Right behind an answer that finds nothing; after the answers
    // to all others of the turn the next request is often there.
    if (process()) host_.resume_later(*this);
    settle();
}

void Connection::send_later(std::string_view bytes) {
    out_ = std::string(bytes);
    if (!hold(out_.capacity())) return close();  // a report that nobody reads is memory too
    state_ = State::writing;
    is_writing_ = true;
    host_.watch(*this, Deadline::answer);
    stream_->send(out_, *this);
}

void Connection::on_sent(bool whole) {
    is_writing_ = false;
    if (!whole) {
        close();
    } else if (state_ == State::writing) {
        out_ = {};
        finish_request();
        if (process()) read();
    }
    settle();
}

void Connection::finish_request() {
    if (linger_) return drain();
    if (close_after_ || host_.is_stopping()) return close();
    buffer_.consume(request_bytes_);
    head_.clear();
    scanner_.reset();
    part_ = Part::head;
    if (chunk_body_.capacity() > kKeptBytes) chunk_body_ = {};
    chunk_body_.clear();
    if (buffer_.empty() && host_.memory().is_scarce()) {
        buffer_.release();
        chunk_body_ = {};
    }
    is_head_timed_ = false;
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
    memory_.resize(0);
    receive();
}

void Connection::expire(Deadline kind) {
    if (kind == Deadline::head || kind == Deadline::body) {
        linger_ = true;
        is_processing_ = true;  // the outstanding read goes on draining
        reply(text_answer(408, "request timeout"));
        is_processing_ = false;
        if (state_ == State::writing) close();
    } else {
        close();
    }
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
    host_.unwatch(*this);
    stream_->close();
}

// Last in every entry from outside: the connection may be deleted here.
void Connection::settle() {
    if (state_ == State::closed && !is_reading_ && !is_writing_) host_.forget(*this);
}

}  // namespace millrace::ingest
