#include "api/http/http2_connection.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace millrace::http {
namespace {

using Deadline = ConnectionHost::Deadline;

constexpr std::uint32_t kStreamsMax = 128;
constexpr std::uint32_t kStreamWindow = 128 << 10;
constexpr std::int32_t kWideStreamWindow = 1
                                           << 20;  // of a streamed body, while memory is not scarce
constexpr std::int32_t kConnectionWindow = 8 << 20;
constexpr std::size_t kFreeBytes = 4 << 10;  // of each connection, beside the budget
constexpr std::size_t kRoomMin = 4 << 10;
constexpr std::size_t kRoomMax = 64 << 10;
constexpr std::size_t kOutBytes = 64 << 10;  // made before they are sent
constexpr std::size_t kDrainBytesMax = 32 << 20;
constexpr std::size_t kFrameBytes = 16 << 10;
constexpr std::size_t kFieldsMost = 64;
constexpr std::size_t kSkippedMost = 8;

// What is no request. A reset costs more: the request before it was work.
constexpr double kFloodMost = 2000;
constexpr double kFloodPerSecond = 100;
constexpr double kResetCost = 4;
constexpr double kFrameCost = 1;
constexpr double kRequestGives = 2;
constexpr double kDataGives = 2;  // who reads a long answer opens windows all the time

// Of a head of that size there need not be more.
std::size_t continuations_max(const Limits& limits) {
    return limits.header_bytes / kFrameBytes + 8;
}

Http2SessionLimits session_limits(const Limits& limits) {
    const auto header_list =
        std::min<std::uint64_t>(limits.header_bytes + kFieldsMost * 32, std::uint64_t{1} << 30);
    return {.continuations = continuations_max(limits),
            .streams = kStreamsMax,
            .stream_window = kStreamWindow,
            .connection_window = kConnectionWindow,
            .header_list_bytes = static_cast<std::uint32_t>(header_list)};
}

}  // namespace

Http2Connection::Http2Connection(ConnectionHost& host, Http2Client client,
                                 std::string_view received,
                                 const std::optional<Http2Upgrade>& upgrade)
    : HostedConnection(std::move(client.share)),
      host_(host),
      stream_(std::move(client.stream)),
      peer_ip_(std::move(client.peer_ip)),
      memory_(host.memory()),
      first_bytes_(received),
      flood_(kFloodMost, kFloodPerSecond),
      session_(*this, session_limits(host.limits())) {
    if (share() != nullptr) memory_of_address_.emplace(share()->memory);
    if (upgrade) begin_upgraded(*upgrade);
}

Http2Connection::~Http2Connection() {
    streams_.clear();
    let_go_.clear();
}

void Http2Connection::begin_upgraded(const Http2Upgrade& upgrade) {
    const auto& head = upgrade.request.head;
    if (!session_.begin_upgraded(upgrade.settings, head.method == Method::head)) return;
    add_stream(1).take_head(upgrade.request.head_bytes, head);
}

template <typename Step>
void Http2Connection::guarded(Step step) {
    try {
        is_in_step_ = true;
        step();
        if (state_ == State::open) flush();
        is_in_step_ = false;
    } catch (const std::exception& exception) {
        is_in_step_ = false;
        host_.door().failed(exception);
        close();
    }
}

void Http2Connection::start() {
    host_.watch(*this, watched_);
    guarded([this] {
        if (host_.is_stopping()) leave();
        if (auto* const upgraded = find(1)) upgraded->head_is_whole(true);
        take(std::exchange(first_bytes_, {}));
        read();
    });
    settle();
}

Http2Stream& Http2Connection::add_stream(std::int32_t id) {
    was_used_ = true;
    if (id > newest_stream_ + 2) skipped_.push_back({.first = newest_stream_ + 2, .last = id - 2});
    if (skipped_.size() > kSkippedMost) skipped_.erase(skipped_.begin());
    newest_stream_ = id;
    auto& made = streams_[id];
    made = std::make_unique<Http2Stream>(*this, id);
    return *made;
}

Http2Stream* Http2Connection::find(std::int32_t id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : found->second.get();
}

bool Http2Connection::on_frame(Http2Frame type, std::int32_t id, std::size_t payload_bytes) {
    has_spoken_ = true;
    const bool is_head = type == Http2Frame::headers;
    const auto has_skipped = [id](const Skipped& ids) { return id >= ids.first && id <= ids.last; };
    if (is_head && std::ranges::any_of(skipped_, has_skipped)) {
        error_ = Http2Error::protocol;
        return false;
    }
    if (type == Http2Frame::continuation) {
        if (++continuations_ > continuations_max(host_.limits())) return false;
    } else {
        continuations_ = 0;
    }
    const bool is_work =
        (is_head && id > newest_stream_) || (type == Http2Frame::data && payload_bytes > 0);
    if (is_work) return true;
    const auto cost = type == Http2Frame::reset ? kResetCost : kFrameCost;
    return flood_.take(cost, host_.now());
}

bool Http2Connection::on_invalid_frame() {
    return flood_.take(kResetCost, host_.now());
}

bool Http2Connection::on_field(std::int32_t id, std::string_view name, std::string_view value) {
    auto* const stream = find(id);
    return stream == nullptr || stream->add_field(name, value);
}

void Http2Connection::on_head(std::int32_t id, bool is_request_whole) {
    auto* const stream = find(id);
    if (stream == nullptr) return;
    stream->head_is_whole(is_request_whole);
    if (is_request_whole) flood_.give(kRequestGives);
}

void Http2Connection::on_end(std::int32_t id) {
    auto* const stream = find(id);
    if (stream == nullptr) return;
    stream->request_is_whole();
    flood_.give(kRequestGives);
}

std::size_t Http2Connection::on_data(std::int32_t id, std::string_view piece) {
    auto* const stream = find(id);
    return stream == nullptr ? piece.size() : stream->take_body(piece);
}

void Http2Connection::on_data_sent() {
    flood_.give(kDataGives);
}

void Http2Connection::on_stream_closed(std::int32_t id) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) return;
    auto stream = std::move(found->second);
    streams_.erase(found);
    let_go(std::move(stream));
}

std::optional<Http2Part> Http2Connection::next_part(std::int32_t id, std::span<std::uint8_t> room,
                                                    std::string_view& trailers) {
    auto* const stream = find(id);
    if (stream == nullptr) return {};
    trailers = stream->trailers();
    return stream->next_part(room);
}

void Http2Connection::failed(const std::exception& exception) noexcept {
    host_.door().failed(exception);
}

void Http2Connection::take(std::string_view bytes) {
    if (!session_.receive(bytes)) is_broken_ = true;
}

// Small while little comes, as most connections are idle.
void Http2Connection::make_room() {
    auto wanted = std::max(room_bytes_, kRoomMin);
    if (is_filled_ && !host_.memory().is_scarce()) wanted = std::min(2 * wanted, kRoomMax);
    if (streams_.empty() && !is_filled_) wanted = kRoomMin;
    if (wanted == room_bytes_) return;
    if (!hold(room_bytes_, wanted) && wanted > kRoomMin) {
        hold(wanted, room_bytes_);
        return;
    }
    room_ = std::make_unique<char[]>(wanted);
    room_bytes_ = wanted;
}

void Http2Connection::read() {
    if (is_reading_ || is_writing_ || state_ == State::closed) return;
    make_room();
    is_reading_ = true;
    stream_->receive({room_.get(), room_bytes_}, *this);
}

void Http2Connection::on_received(std::size_t bytes) {
    is_reading_ = false;
    guarded([this, bytes] {
        if (bytes == 0) return close();
        if (state_ == State::draining) {
            drained_bytes_ += bytes;
            if (drained_bytes_ > kDrainBytesMax) return close();
        } else if (state_ == State::open) {
            is_filled_ = bytes == room_bytes_;
            if (!is_broken_) take({room_.get(), bytes});
            flush();
        }
        read();
    });
    settle();
}

// Sends what the session has to send, as far as the client takes it.
void Http2Connection::flush() {
    while (state_ == State::open && !is_writing_) {
        while (out_.size() < kOutBytes) {
            const auto made = session_.next_bytes();
            if (!made) return close();
            if (made->empty()) break;
            out_ += *made;
        }
        if (out_.empty()) return end_if_done();
        send_out();
    }
}

void Http2Connection::send_out() {
    const auto sent = stream_->send_now(out_);
    if (!sent) return close();
    out_.erase(0, *sent);
    if (out_.empty()) {
        if (out_.capacity() > kOutBytes / 4) out_ = {};
        return;
    }
    is_writing_ = true;
    writing_since_ = host_.now();
    stream_->send(out_, *this);
}

void Http2Connection::on_sent(bool whole) {
    is_writing_ = false;
    guarded([this, whole] {
        out_ = {};
        if (!whole) return close();
        flush();
        read();
    });
    settle();
}

void Http2Connection::end_if_done() {
    if (is_broken_ || (is_leaving_ && streams_.empty())) return drain();
    if (!session_.is_open()) drain();
}

// A reset would take from the client what it has not read, so what it sends is read for a while.
void Http2Connection::drain() {
    let_go_all();
    stream_->finish_sending();
    state_ = State::draining;
    host_.watch(*this, Deadline::drain);
    read();
}

void Http2Connection::let_go(std::unique_ptr<Http2Stream> stream) {
    if (!stream->is_waiting()) return;
    stream->let_go();
    let_go_.push_back(std::move(stream));
}

void Http2Connection::let_go_all() {
    for (auto& [id, stream] : std::exchange(streams_, {})) let_go(std::move(stream));
}

void Http2Connection::let_go_has_ended() {
    if (!std::exchange(is_resume_asked_, true)) host_.resume_later(*this);
}

void Http2Connection::resume() {
    is_resume_asked_ = false;
    guarded([this] {
        std::erase_if(let_go_, [](const auto& stream) { return !stream->is_waiting(); });
        for (const auto id : std::exchange(to_pump_, {})) {
            auto* const stream = find(id);
            if (stream != nullptr && state_ == State::open) stream->pump();
        }
    });
    settle();
}

// The answers of one turn go together.
void Http2Connection::flush_later() {
    if (is_in_step_ || state_ != State::open || std::exchange(is_resume_asked_, true)) return;
    host_.resume_later(*this);
}

void Http2Connection::pump_later(std::int32_t id) {
    to_pump_.push_back(id);
    if (!std::exchange(is_resume_asked_, true)) host_.resume_later(*this);
}

bool Http2Connection::hold(std::size_t before, std::size_t now) {
    used_bytes_ = used_bytes_ + now - before;
    const auto needed = used_bytes_ - std::min(used_bytes_, kFreeBytes + kRoomMin);
    if (memory_of_address_ && !memory_of_address_->resize(needed)) return false;
    return memory_.resize(needed);
}

void Http2Connection::send_head(std::int32_t id, int status, std::string_view lines,
                                bool has_body) {
    session_.send_head(id, status, lines, has_body);
    flush_later();
}

void Http2Connection::send_continue(std::int32_t id) {
    session_.send_continue(id);
    flush_later();
}

void Http2Connection::resume_answer(std::int32_t id) {
    session_.resume_answer(id);
    flush_later();
}

void Http2Connection::reset(std::int32_t id) {
    session_.reset(id, Http2Error::cancel);
    flush_later();
}

void Http2Connection::want_no_more(std::int32_t id) {
    session_.reset(id, Http2Error::none);
    flush_later();
}

void Http2Connection::give_window(std::int32_t id, std::size_t bytes) {
    session_.give_window(id, bytes);
    flush_later();
}

// A streamed body may be far ahead of its answers, while no other connection misses the memory.
void Http2Connection::widen(std::int32_t id) {
    if (!host_.memory().is_scarce() && session_.widen(id, kWideStreamWindow)) flush_later();
}

void Http2Connection::expire(Deadline kind) {
    guarded([this, kind] {
        if (state_ != State::open || kind == Deadline::head) return close();
        if (kind == Deadline::paused) return check_streams();
        session_.terminate(Http2Error::none);  // idle
    });
    settle();
}

void Http2Connection::check_streams() {
    const auto now = host_.now();
    if (is_writing_ && now - writing_since_ >= host_.limits().answer_time) return close();
    for (auto& [id, stream] : streams_) {
        switch (stream->check_time(now)) {
            case Http2Stream::Overdue::nothing:
                break;
            case Http2Stream::Overdue::stream:
                reset(id);
                break;
            case Http2Stream::Overdue::rest:
                want_no_more(id);
                break;
            case Http2Stream::Overdue::connection:
                session_.terminate(Http2Error::enhance_your_calm);
                return;
        }
    }
    host_.watch(*this, Deadline::paused);
}

void Http2Connection::stop_when_idle() {
    guarded([this] {
        if (state_ == State::open) leave();
    });
    settle();
}

// What has begun is answered; of all else the client knows that it did not happen.
void Http2Connection::leave() {
    if (!std::exchange(is_leaving_, true)) session_.leave();
}

// No door answers any more.
void Http2Connection::abort() {
    close();
    streams_.clear();
    let_go_.clear();
    settle();
}

void Http2Connection::close() {
    if (state_ == State::closed) return;
    state_ = State::closed;
    host_.unwatch(*this);
    stream_->close();
}

// With streams or bytes under way it looks at their times now and then; else it is idle, from the
// moment on that the last stream ended.
void Http2Connection::watch_again() {
    if (state_ != State::open || !has_spoken_) return;
    const auto wanted = streams_.empty() && !is_writing_ ? Deadline::idle : Deadline::paused;
    const bool was_used = std::exchange(was_used_, false) && wanted == Deadline::idle;
    if (wanted == watched_ && deadline_hook.is_linked() && !was_used) return;
    watched_ = wanted;
    host_.watch(*this, wanted);
}

// Last in every entry from outside: the connection may be deleted here.
void Http2Connection::settle() {
    if (state_ != State::closed) return watch_again();
    let_go_all();
    if (!is_reading_ && !is_writing_ && let_go_.empty()) host_.forget(*this);
}

}  // namespace millrace::http
